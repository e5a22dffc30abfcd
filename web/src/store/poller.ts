// Decides when to poll. One of the visible tabs polls and sends the answer to the others. Hidden tabs do not poll,
// except for one tab that may show alerts, and only if no other tab has polled for a minute. While hints are heard, a
// hint is the reason to poll, and the rest is for safety.
import type { Tab } from "../tab";
import { Budget } from "./budget";

const HIDDEN = 60; // seconds
const SAFETY = 900; // seconds between polls while hints are heard
const LONGEST = 600;
const LATEST = 3_600_000; // milliseconds, even if the server asks for more; a timer of over 24 days would fire at once
const SILENCE = 3; // intervals without an answer after which a visible tab no longer relies on the leader
const GAP = 1000; // milliseconds between requests, on average, in a storm of hints
const STUCK = 30_000; // milliseconds after which a request no longer holds back the next; the client's limit is 20 s
const NEVER = Number.POSITIVE_INFINITY;

export class Poller {
  /** The name of the user's leader election. Null until the user is known: then this tab polls for itself. */
  name: string | null = null;
  /** True if this tab polls for the others. */
  leading = false;
  seconds = 30;
  private last = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private notBefore = 0;
  private standing: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** True while hints reach this tab, or the one that polls for it. */
  private listening = false;
  /** The earliest next poll after hints ceased, so that not all bells and tabs poll at that moment. */
  private calm = Number.NEGATIVE_INFINITY;
  /** When a hint, or doubt about missed hints, demands the next request. */
  private soonAt = NEVER;
  private readonly polls = new Budget();
  private readonly requests = new Budget();
  /** When the request that is under way was sent. */
  private askedAt: number | null = null;
  private readonly tab: Tab;
  private readonly poll: () => void;
  private readonly hiddenToo: () => boolean;
  private readonly won: () => void;

  constructor(tab: Tab, poll: () => void, hiddenToo: () => boolean, won: () => void) {
    this.tab = tab;
    this.poll = poll;
    this.hiddenToo = hiddenToo;
    this.won = won;
  }

  /** Return whether this tab or another one is visible. */
  async someVisible(): Promise<boolean> {
    return this.tab.visible() || (await this.tab.locked(`${this.name} shown`));
  }

  /** Join the election again, after the tab was shown or hidden, its user changed, or it is online again. */
  stand() {
    this.stop();
    const visible = this.tab.visible();
    if (!visible && !this.hiddenToo()) return;
    const standing = new AbortController();
    this.standing = standing;
    this.plan();
    const won = () => {
      this.leading = !standing.signal.aborted;
      if (this.leading) this.won();
      this.plan();
    };
    if (this.name === null) won();
    else this.tab.lock(`${this.name} ${visible ? "shown" : "hidden"}`, standing.signal, won);
  }

  /** Stop polling. With `forget`, the last request was cancelled, so the next start polls at once. */
  stop(forget = false) {
    this.standing?.abort();
    this.standing = null;
    this.leading = false;
    clearTimeout(this.timer);
    if (forget) this.last = Number.NEGATIVE_INFINITY;
  }

  /** Record that this tab sends a request now. Its answer covers all hints until now. */
  asking() {
    const now = performance.now();
    this.polls.spend(now, this.seconds * 1000);
    this.requests.spend(now, GAP);
    this.last = this.askedAt = now;
    this.soonAt = NEVER;
    this.plan();
  }

  /** Record that no request is under way. */
  asked() {
    this.askedAt = null;
    this.plan();
  }

  /** Record an answer to this tab or another one. `seconds` is the interval that the server asks for, or 0. */
  answered(seconds = 0) {
    if (seconds) this.seconds = Math.max(5, seconds);
    this.last = performance.now();
    this.failures = this.notBefore = 0;
    this.plan();
  }

  /** Record a failure. The wait doubles each time, with 50 % jitter against a thundering herd. */
  failed(retryAfter: number) {
    const wait = Math.min(LONGEST, this.seconds * 2 ** this.failures++) * (0.5 + Math.random());
    this.notBefore = performance.now() + Math.max(wait, retryAfter * (1 + Math.random() / 4)) * 1000;
    this.plan();
  }

  get failing(): boolean {
    return this.failures > 0;
  }

  /** Retry a failed request at once, because the network is back. */
  hurry() {
    if (!this.failures) return;
    this.failures = this.notBefore = 0;
    this.last = Number.NEGATIVE_INFINITY;
  }

  /** Record whether hints are heard from now on. */
  listen(on: boolean) {
    const patience = (this.leading ? Math.random() : SILENCE) * this.seconds * 1000;
    if (!on) this.calm = Math.min(this.listening ? NEVER : this.calm, performance.now() + patience);
    this.listening = on;
    this.plan();
  }

  /** Poll at a random moment within `spread` seconds, because the list may have changed. */
  hinted(spread: number) {
    this.soon(spread, 0);
  }

  /**
   * Poll within `spread` seconds, because hints may have been missed. Over time this is no more often than without hints.
   */
  freshen(spread: number) {
    this.soon(spread, this.polls.next(this.seconds * 1000));
  }

  private soon(spread: number, earliest: number) {
    this.soonAt = Math.min(this.soonAt, Math.max(performance.now() + Math.random() * spread * 1000, earliest));
    this.plan();
  }

  private plan() {
    clearTimeout(this.timer);
    if (!this.leading && (!this.standing || !this.tab.visible())) return;
    // Jitter: without locks, tabs that received the same answer must not all poll again at the same moment.
    const regular = Math.max(this.last + (this.every() + Math.random()) * 1000, this.calm);
    const free = this.askedAt === null ? this.requests.next(GAP) : this.askedAt + STUCK;
    const due = Math.max(Math.min(regular, Math.max(this.soonAt, free)), this.notBefore);
    const wait = Math.max(0, due - performance.now());
    this.timer = setTimeout(this.poll, Math.min(wait, LATEST));
  }

  /** Return the seconds between polls without hints. */
  private every(): number {
    const { seconds } = this;
    const patience = this.leading ? 0 : seconds * (SILENCE - 1);
    if (!this.tab.visible()) return Math.max(HIDDEN, seconds);
    return patience + (this.listening && !this.failures ? Math.max(SAFETY, seconds) : seconds);
  }
}
