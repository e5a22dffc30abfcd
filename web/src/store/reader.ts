// The state of the bell. It is kept up to date by requests and by messages from other tabs.
import { Client, type Notification, type NotificationPage, Problem, problemOf, type View } from "../client";
import { PARAMETER, safeHref, takeFromAddress } from "../links";
import { browserTab, type Channel, type Tab } from "../tab";
import { Alerts } from "./alerts";
import { Feed } from "./feed";
import { Poller } from "./poller";
import { type Confirmed, type Message, NOTHING, type Options, type State } from "./state";

export abstract class Reader {
  readonly client: Client;
  /** The options may be replaced, except for `apiUrl` and `serviceWorkerUrl`. */
  options: Options;
  private readonly tab: Tab;
  private readonly poller: Poller;
  protected readonly alerts: Alerts;
  private readonly listeners = new Set<() => void>();
  protected state = NOTHING;
  protected feed = new Feed();
  private user: string | null | undefined;
  protected channel: Channel | null = null;
  protected listing: AbortController | null = null;
  protected paging: AbortController | null = null;
  protected opened = false;
  private arrived: string | null = null;
  private end: (() => void) | null = null;

  constructor(options: Options) {
    this.options = options;
    this.tab = options.tab ?? browserTab;
    this.client = new Client(options.apiUrl, (how) => this.options.getToken(how), this.identified, this.tab.fetch);
    this.alerts = new Alerts(this.tab, {
      serviceWorkerUrl: options.serviceWorkerUrl,
      title: (item) => this.options.alertTitle?.(item) ?? item.summary ?? item.title,
      more: (count) => this.options.moreTitle?.(count) ?? `+ ${count}`,
      href: (item) => {
        const url = new URL(this.href(item) ?? "", location.href);
        if (url.origin === location.origin) url.searchParams.set(PARAMETER, item.id);
        return url.href;
      },
      follow: (id) => this.follow(id),
    });
    this.poller = new Poller(this.tab, this.refresh, () => this.alerts.status === "on");
  }

  getState = (): State => this.state;

  /** Return the state for server rendering and for the first render in the browser. */
  getServerState = (): State => NOTHING;

  /** Add a listener. The store works while it has at least one listener. */
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (!this.end) this.start();
    return () => {
      this.listeners.delete(listener);
      if (!this.listeners.size) this.end?.();
    };
  };

  /** Ask the API for new notifications now. */
  refresh = async (): Promise<void> => {
    this.poller.asking();
    this.listing?.abort();
    // Pending changes end with a refresh. An answer from before them would undo them on the screen.
    if (this.feed.changing) return;
    const mine = new AbortController();
    this.listing = mine;
    const { view } = this.state;
    try {
      if (this.arrived) await this.readArrived(this.arrived); // first, so that the unread count excludes it
      // The archive alone has no new notifications.
      await this.load(view === "archived" ? "unread" : view, mine.signal);
      if (view === "archived" && this.opened) await this.load(view, mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return; // a newer request replaced this one
      const problem = problemOf(error);
      this.poller.failed(problem.retryAfter);
      this.set({ problem });
    } finally {
      if (this.listing === mine) this.listing = null;
    }
  };

  setView = (view: View): void => {
    this.feed.renew(view);
    this.stopPaging();
    this.set({ view, problem: null });
    void this.refresh();
  };

  /** Return where a notification links to, or null if it has no link or the link is not allowed. */
  href = ({ target_url }: Notification): string | null =>
    safeHref(target_url, this.options.linkOrigins ?? [], location.href);

  /** Mark a notification as read and follow its link. */
  abstract follow(id: string): void;

  private start() {
    const unwatch = this.tab.watch((event) => {
      if (event === "online") {
        this.poller.hurry();
        if (this.state.problem && this.tab.visible()) void this.refresh();
      }
      this.poller.stand();
      this.set({}); // the permission for alerts may have changed
    });
    const unlisten = this.alerts.listen();
    this.end = () => {
      unwatch();
      unlisten();
      this.poller.stop(!!this.listing);
      this.listing?.abort();
      this.stopPaging();
      this.join(null);
      this.end = null;
    };
    this.join(this.user);
    this.poller.stand();
    this.arrived ??= takeFromAddress();
    if (this.arrived) void this.refresh(); // also in a tab that is not visible yet
  }

  /** Take the user of a request's token. A change of user clears the state: users never see each other's data. */
  private identified = (user: string | null): void => {
    const before = this.user;
    if (user === before) return;
    this.user = user;
    this.alerts.user = user ?? "";
    this.poller.name = user === null ? null : `carillon ${this.options.apiUrl} ${user}`;
    this.feed = new Feed();
    this.set({
      ...NOTHING,
      user,
      view: this.state.view,
      summoned: this.state.summoned,
    });
    if (!this.end) return;
    this.join(user);
    this.poller.stand();
    if (!before) return;
    this.listing?.abort();
    this.stopPaging();
    queueMicrotask(this.refresh);
    throw new Problem(0, "user_changed");
  };

  private join(user: string | null | undefined) {
    this.channel?.close();
    this.channel = user == null ? null : this.tab.channel(`carillon ${this.options.apiUrl} ${user}`, this.receive);
  }

  private async load(view: View, signal: AbortSignal) {
    const {
      body,
      etag,
      pollSeconds: seconds,
    } = await this.client.list(view, {
      etag: this.feed.lists[view].etag,
      signal,
    });
    if (signal.aborted) throw signal.reason;
    const news = this.take(view, body, etag);
    this.poller.answered(seconds);
    this.channel?.send({ view, page: body, etag, seconds } satisfies Message);
    if (news.length && this.alerts.status === "on" && !(await this.poller.someVisible())) {
      await this.alerts.show(news);
      this.set({}); // the attempt may have shown that alerts are unsupported
    }
  }

  private take(view: View, page: NotificationPage | null, etag: string | null): Notification[] {
    if (!page) this.feed.confirm(view, etag);
    const news = page ? this.feed.take(view, page, etag) : [];
    const announced = news.length && this.tab.visible() ? { news } : {};
    this.set({ problem: null, refreshedAt: Date.now(), ...announced });
    return news;
  }

  private async readArrived(id: string) {
    try {
      const message = { changed: await this.client.mark(id, { read: true }) };
      this.channel?.send(message);
      this.absorb(message);
    } catch (error) {
      const { status } = problemOf(error);
      if (!status || status === 401 || status === 429 || status >= 500) return; // the next refresh retries
    }
    this.arrived = null;
  }

  /** Apply a change that the server confirmed to this tab or another one. */
  protected absorb(message: Confirmed) {
    if ("changed" in message) this.feed.put(message.changed);
    else this.feed.readAll(message.readBefore);
    this.set({});
  }

  private receive = (message: Message): void => {
    if (!("page" in message)) {
      this.absorb(message);
      this.stopPaging(); // its answer may be from before this change
      if (this.listing) void this.refresh(); // this request, too, may be answered from before the change
      return;
    }
    this.poller.answered(message.seconds);
    if (this.listing || this.feed.changing) return; // this tab's own answer will be newer
    const { view, problem } = this.state;
    const missed = problem !== null || this.feed.lists[view].stale; // this tab's own request failed
    const { etag } = this.feed.lists[message.view];
    const behind = !message.page && etag !== null && etag !== message.etag; // it lacks the page that did not change
    this.take(message.view, message.page, message.etag);
    const elsewhere = message.page && message.view !== view && this.opened;
    if ((missed || behind || elsewhere) && this.tab.visible()) void this.refresh();
  };

  protected stopPaging() {
    this.paging?.abort();
    this.paging = null;
    this.set({ loadingMore: false });
  }

  protected set(change: Partial<State>) {
    const view = change.view ?? this.state.view;
    const list = this.feed.lists[view];
    this.state = {
      ...this.state,
      ...change,
      notifications: this.feed.show(view),
      unreadCount: this.feed.unreadCount,
      hasMore: list.cursor !== null,
      loading: !list.known,
      alerts: this.alerts.status,
    };
    for (const listener of this.listeners) listener();
  }
}
