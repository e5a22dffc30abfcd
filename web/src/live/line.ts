// Keeps a connection for hints open: it retries, and it renews the connection before its token expires.
import type { LiveAddress } from "../client";
import { Connection, type End, type OpenSocket } from "./connection";

export interface Parts {
  open: OpenSocket;
  address: LiveAddress;
  /** Return the user's token. `fresh` asks for another one than before. */
  token(fresh: boolean): Promise<string>;
  hint(spreadSeconds: number): void;
  /** Called when hints begin and cease to be heard. `lost`: many bells may have lost their connections together. */
  listening(on: boolean, lost: boolean): void;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const FIRST = SECOND; // the longest wait after the first failure; it doubles each time
const LONGEST = 5 * MINUTE;
const STABLE = MINUTE; // a connection that lived as long as this ends a series of failures
const REFUSED = 10 * MINUTE; // on average, until the next try after the service refused a channel
const DAY = 24 * 60 * MINUTE; // the service ends each connection then; a timer of over 24 days would fire at once
const WRONG_CLOCK = 15 * MINUTE; // the lease of a token that this computer's clock calls expired

export class Line {
  private connection: Connection | null = null;
  private attempt = 0;
  private failures = 0;
  private readyAt: number | null = null;
  /** True from the loss of a connection until hints are heard again. */
  private lost = false;
  /** True if the next connection needs another token than the last one. */
  private fresh = false;
  private ends: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
    void this.connect();
  }

  /** Connect anew at once, because the network is back. */
  again() {
    this.lost = false;
    this.renew();
  }

  /** Notice a connection that died while the computer slept. */
  check() {
    this.connection?.check();
  }

  close() {
    this.drop();
    this.attempt++;
  }

  private renew() {
    this.drop();
    void this.connect();
  }

  private async connect() {
    const mine = ++this.attempt;
    const { open, address, hint } = this.parts;
    try {
      const token = await this.token(mine);
      if (mine !== this.attempt) return;
      this.fresh = false;
      this.ends = end(token);
      this.connection = new Connection(open, address, token, {
        hint,
        ready: () => this.ready(),
        ended: (end) => this.ended(end),
      });
    } catch {
      if (mine === this.attempt) this.ended("lost"); // no token, or the page's policy forbids the connection
    }
  }

  /** Return a token that lasts longer than the one before, if the application has one. */
  private async token(mine: number): Promise<string> {
    const token = await this.parts.token(this.fresh);
    const ends = end(token);
    const same = ends !== null && ends === this.ends && ends < Date.now() + MINUTE;
    return same && !this.fresh && mine === this.attempt ? this.parts.token(true) : token;
  }

  private ready() {
    this.readyAt = performance.now();
    this.parts.listening(true, this.lost);
    this.lost = false;
    if (this.ends === null) return;
    // Applications get a new token in the last minute of the old one: see token.ts.
    const left = this.ends - Date.now();
    const early = left > MINUTE ? (20 + 30 * Math.random()) * SECOND : 0;
    this.plan(left > 0 ? left - early : WRONG_CLOCK);
  }

  private ended(end: End) {
    if (this.readyAt !== null) {
      this.lost = true;
      if (performance.now() - this.readyAt >= STABLE) this.failures = 0;
    }
    this.drop();
    this.fresh = end === "refused";
    if (end === "refused") return this.plan(REFUSED * (0.5 + Math.random()));
    // Full jitter, so that bells that lost their connections together do not come back together.
    this.plan(Math.random() * Math.min(LONGEST, FIRST * 2 ** this.failures++));
  }

  private plan(wait: number) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), Math.min(wait, DAY));
  }

  private drop() {
    clearTimeout(this.timer);
    this.connection?.close();
    this.connection = null;
    if (this.readyAt === null) return;
    this.readyAt = null;
    this.parts.listening(false, this.lost);
  }
}

/** Return when a JWT expires, in milliseconds since 1970. Null if the text does not say. It verifies nothing. */
function end(token: string): number | null {
  try {
    const { exp } = JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof exp === "number" ? exp * 1000 : null;
  } catch {
    return null;
  }
}
