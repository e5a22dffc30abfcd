// When to ask for what is new. Of all tabs that are shown one asks, and the others hear of it; hidden ones are silent,
// but for one that may show alerts, and that one only when no other tab has asked for a minute.
import type { Tab } from "../tab";

const HIDDEN = 60; // seconds
const LONGEST = 600;
const LATEST = 3_600_000; // milliseconds: whatever the server says; and a timer of over 24 days would ring at once
const SILENCE = 3; // intervals after which a tab that is shown no longer relies on the one that should have asked

export class Poller {
  /** Whose tabs choose a leader; null while nobody is known: then this tab asks for itself. */
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

  /** Whether a page is shown, in this tab or in another. */
  async someVisible(): Promise<boolean> {
    return this.tab.visible() || (await this.tab.locked(`${this.name} shown`));
  }

  /** Stands for election anew: the tab was shown or hidden, its user changed, or it is online again. */
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

  /** With `forget`, what it last asked was given up, and it begins by asking. */
  stop(forget = false) {
    this.standing?.abort();
    this.standing = null;
    this.leading = false;
    clearTimeout(this.timer);
    if (forget) this.last = Number.NEGATIVE_INFINITY;
  }

  /** This tab asks now: by itself, or since the person wants to see. */
  asking() {
    this.last = performance.now();
    this.plan();
  }

  /** Somebody asked, in this tab or another, and was answered; `seconds` is the interval that the server wants, or 0. */
  answered(seconds = 0) {
    if (seconds) this.seconds = Math.max(5, seconds);
    this.last = performance.now();
    this.failures = this.notBefore = 0;
    this.plan();
  }

  /** No answer: the next try waits, each time twice as long, give or take a half so that not all come back at once. */
  failed(retryAfter: number) {
    const wait = Math.min(LONGEST, this.seconds * 2 ** this.failures++) * (0.5 + Math.random());
    this.notBefore = performance.now() + Math.max(wait, retryAfter * (1 + Math.random() / 4)) * 1000;
    this.plan();
  }

  /** A network is back: what failed is tried at once. */
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
    // A moment more or less: where there are no locks, tabs that heard the same answer must not all ask again at once.
    const due = Math.max(this.last + (every + Math.random()) * 1000, this.notBefore);
    const wait = Math.max(0, due - performance.now());
    this.timer = setTimeout(this.poll, Math.min(wait, LATEST));
  }
}
