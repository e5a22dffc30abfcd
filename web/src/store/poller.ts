// Decides when to poll. One of the visible tabs polls and sends the answer to the others. Hidden tabs do not poll,
// except for one tab that may show alerts, and only if no other tab has polled for a minute.
import type { Tab } from "../tab";

const HIDDEN = 60; // seconds
const LONGEST = 600;
const LATEST = 3_600_000; // milliseconds, even if the server asks for more; a timer of over 24 days would fire at once
const SILENCE = 3; // intervals without an answer after which a visible tab no longer relies on the leader

export class Poller {
  /** The name of the user's leader election. Null until the user is known: then this tab polls for itself. */
  name: string | null = null;
  private seconds = 30;
  private last = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private notBefore = 0;
  private leading = false;
  private standing: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly tab: Tab;
  private readonly poll: () => void;
  private readonly hiddenToo: () => boolean;

  constructor(tab: Tab, poll: () => void, hiddenToo: () => boolean) {
    this.tab = tab;
    this.poll = poll;
    this.hiddenToo = hiddenToo;
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

  /** Record that this tab sends a request now. */
  asking() {
    this.last = performance.now();
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

  /** Retry a failed request at once, because the network is back. */
  hurry() {
    if (!this.failures) return;
    this.failures = this.notBefore = 0;
    this.last = Number.NEGATIVE_INFINITY;
  }

  private plan() {
    clearTimeout(this.timer);
    const visible = this.tab.visible();
    if (!this.leading && (!this.standing || !visible)) return;
    const every = visible ? this.seconds * (this.leading ? 1 : SILENCE) : Math.max(HIDDEN, this.seconds);
    // Jitter: without locks, tabs that received the same answer must not all poll again at the same moment.
    const due = Math.max(this.last + (every + Math.random()) * 1000, this.notBefore);
    const wait = Math.max(0, due - performance.now());
    this.timer = setTimeout(this.poll, Math.min(wait, LATEST));
  }
}
