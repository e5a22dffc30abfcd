// A browser with bells, a server and AWS AppSync Events, in all of which faults happen. It records who asks when.
import { vi } from "vitest";
import { createNotifications, type NotificationStore } from "../src/store/store";
import { ADDRESS, FakeAppSync } from "./appsync";
import { notification, tokenFor } from "./fake";
import { Browser, FakeTab, settle } from "./tabs";

const LEASE = 3600; // seconds that a token lasts

interface Bell {
  tab: FakeTab;
  store: NotificationStore;
  stop: () => void;
  shown: boolean;
  /** When it asked, and when an answer was missing or came too late, in milliseconds. */
  asks: number[];
  failures: number[];
  /** How many of its requests are under way. */
  pending: number;
}

export class Storm {
  readonly browser = new Browser();
  readonly service = new FakeAppSync();
  readonly bells: Bell[] = [];
  readonly closed: Bell[] = [];
  /** When hints were heard, and when the network came back. */
  readonly hints: number[] = [];
  readonly onlines: number[] = [];
  /** The most requests of one bell that were under way at once. */
  together = 0;
  private issued = 0;
  private fails: "" | "503" | "slow" | "offline" = "";
  private readonly beat = setInterval(() => this.service.keepAlive(), 60_000);
  private readonly interval: number;

  constructor(interval: number, locks: boolean) {
    const { api } = this.browser;
    this.interval = interval;
    this.browser.locks = locks;
    this.browser.socket = this.service.open;
    api.live = ADDRESS;
    api.limit = 1000;
    api.headers = { "Carillon-Poll-Interval": String(interval) };
    api.instead = async () => {
      if (this.fails === "offline") throw new TypeError("Failed to fetch");
      if (this.fails === "503") return api.json({}, 503, Math.random() < 0.5 ? { "Retry-After": "40" } : {});
      if (this.fails === "slow") await new Promise((resolve) => setTimeout(resolve, Math.random() * 15_000));
      return undefined;
    };
  }

  async open(shown = true) {
    if (this.bells.length >= 4) return;
    const tab = new FakeTab(this.browser, shown);
    const bell = { tab, shown, asks: [], failures: [], pending: 0 } as unknown as Bell;
    tab.fetch = async (address, init) => {
      bell.asks.push(performance.now());
      bell.pending++;
      this.together = Math.max(this.together, bell.pending);
      const leave = () => {
        bell.pending -= done ? 0 : 1;
        done = true;
      };
      let done = false;
      init?.signal?.addEventListener("abort", leave);
      const answer = this.browser.api.fetch(address, init);
      const missing = () => bell.failures.push(performance.now());
      answer.then(({ ok, status }) => ok || status === 304 || missing(), missing).finally(leave);
      return answer;
    };
    let token = this.issue();
    const getToken = ({ fresh }: { fresh: boolean }) => {
      if (fresh || token.until - Date.now() < 60_000) token = this.issue();
      return token.text;
    };
    bell.store = createNotifications({ apiUrl: "https://api.example.com", getToken, tab });
    bell.stop = bell.store.subscribe(() => {});
    this.bells.push(bell);
    await settle();
  }

  close(which: number) {
    const bell = this.bells.splice(which % this.bells.length, 1)[0];
    bell?.stop();
    if (bell) this.closed.push(bell);
  }

  async turn(which: number) {
    const bell = this.bells[which % this.bells.length];
    if (!bell) return;
    bell.shown = !bell.shown;
    await bell.tab.turn(bell.shown);
  }

  record() {
    this.browser.api.add(notification());
  }

  /** Mark one as read on another device. */
  read() {
    const item = this.browser.api.of("alice").find(({ read_at }) => !read_at);
    const now = new Date().toISOString();
    if (item) this.browser.api.change(item, { read_at: now, updated_at: now });
  }

  hint(channel?: string) {
    if (this.service.hint(channel)) this.hints.push(performance.now());
  }

  hintIn(delay: number) {
    setTimeout(() => this.hint(), delay * 1000);
  }

  away() {
    this.service.works = false;
    for (const socket of this.service.connected) socket.cut();
  }

  /** Let the API and the service reject all tokens that were issued so far. */
  expire() {
    const { issued } = this;
    const valid = (token: string) => Number(JSON.parse(atob(token.split(".")[1]!)).exp) % 1000 > issued % 1000;
    this.service.accepts = valid;
    for (const text of this.texts) this.browser.api.rejected.add(text);
    for (const socket of this.service.connected) socket.cut();
  }

  fail(fails: Storm["fails"]) {
    if (fails === "offline") this.away();
    this.fails = fails;
  }

  async online() {
    this.service.works = true;
    this.fails = "";
    this.onlines.push(performance.now());
    for (const bell of [...this.bells]) await bell.tab.tell("online");
  }

  /** Return what is wrong with the bells that are shown. */
  wrong(): string[] {
    const { api } = this.browser;
    const right = api.of("alice").filter(({ read_at }) => !read_at);
    const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id).sort();
    return this.bells
      .filter(({ shown }) => shown)
      .flatMap(({ store }, index) => {
        const { unreadCount, notifications } = store.getState();
        const unread = notifications.filter(({ read_at }) => !read_at);
        const same = unreadCount === right.length && JSON.stringify(ids(unread)) === JSON.stringify(ids(right));
        return same ? [] : [`bell ${index} shows ${unreadCount} and ${unread.length} instead of ${right.length}`];
      });
  }

  /**
   * Return each time span in which a bell asked too often. Over any span a bell asks at most `span / interval + 2` times
   * without a reason, at most `span / 1 s + 2` times in all, and once more for each network that is back and for each
   * request that had failed or was the first. The reasons are hints: one request for each, up to its spread later.
   */
  tooOften(): string[] {
    const found: string[] = [];
    for (const { asks, failures } of [...this.bells, ...this.closed]) {
      asks.forEach((from, index) => {
        for (let last = index; last < asks.length; last++) {
          const to = asks[last]!;
          const within = (times: number[], before = 0) => times.filter((at) => at >= from - before && at <= to).length;
          const start = index ? 0 : 1; // the first request does not know the interval yet
          const more = 2 + start + within(this.onlines, 1) + within(failures, 1);
          const count = last - index + 1;
          const polls = Math.floor((to - from) / 1000 / this.interval);
          if (count > polls + more + within(this.hints, 60_000)) found.push(`${count} from ${from} to ${to}`);
          if (count > Math.floor((to - from) / 1000) + more) found.push(`storm: ${count} from ${from} to ${to}`);
        }
      });
    }
    return found;
  }

  /** Mend all but the service of hints, which need not work for the bells to be right. */
  async mend(service: boolean) {
    const { works } = this.service;
    if (this.fails === "offline") await this.online();
    this.fails = "";
    this.service.works = service || works;
    if (service) this.service.refused.clear();
    if (!this.bells.length) await this.open();
  }

  end() {
    clearInterval(this.beat);
    while (this.bells.length) this.close(0);
    vi.clearAllTimers();
  }

  private readonly texts: string[] = [];

  private issue() {
    const until = Date.now() + LEASE * 1000;
    // The last digits of the expiry count the tokens, so that no two are alike.
    const exp = Math.floor(until / 1e6) * 1000 + (++this.issued % 1000);
    const text = tokenFor("alice", exp);
    this.texts.push(text);
    return { text, until };
  }
}
