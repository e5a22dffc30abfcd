// Whose notifications the store shows: it starts and stops with its listeners, and forgets a person who leaves.
import { Client, type GetToken, type LiveAddress, type Notification, Problem } from "../client";
import { PARAMETER, takeFromAddress } from "../links";
import type { Hints } from "../live/carillon-live";
import { browserTab, type Channel, type Tab } from "../tab";
import { Alerts } from "./alerts";
import { Feed } from "./feed";
import { Poller } from "./poller";
import { type Message, NOTHING, type Options, type State } from "./state";

export abstract class Session {
  readonly client: Client;
  /** The options may be replaced, except for `apiUrl` and `serviceWorkerUrl`. */
  options: Options;
  protected readonly tab: Tab;
  protected readonly poller: Poller;
  /** Listens for hints, after the first answer that says where they come from. */
  protected hints: Hints | null = null;
  private live: LiveAddress | null = null;
  private loadsHints = false;
  protected readonly alerts: Alerts;
  private readonly listeners = new Set<() => void>();
  protected state = NOTHING;
  protected feed = new Feed();
  private user: string | null | undefined;
  protected channel: Channel | null = null;
  protected listing: AbortController | null = null;
  protected paging: AbortController | null = null;
  protected opened = false;
  protected arrived: string | null = null;
  /** The user who signed out. The store accepts no token of this user until `refresh`, or until nobody is signed in. */
  protected left: string | null = null;
  private end: (() => void) | null = null;

  constructor(options: Options) {
    this.options = options;
    this.tab = options.tab ?? browserTab;
    const getToken: GetToken = (how) => this.options.getToken(how);
    getToken.forget = () => this.options.getToken.forget?.();
    this.client = new Client(options.apiUrl, getToken, this.identified, this.tab.fetch);
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
    this.poller = new Poller(
      this.tab,
      () => void this.update(),
      () => this.alerts.status === "on",
      () => this.hints?.lead(),
    );
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

  /** Ask the API for new notifications now, also for a person who has signed out and in again. */
  refresh = async (): Promise<void> => {
    if (this.user === null) this.channel?.send({ signed: "in" } satisfies Message);
    this.left = null;
    await this.update();
  };

  /** Forget the person at once, in all tabs. Call it when your application signs them out. */
  signOut = (): void => {
    this.channel?.send({ signed: "out" } satisfies Message);
    this.leave();
  };

  /** Ask the API for new notifications now, but not for the person who signed out. */
  abstract update(): Promise<void>;

  /** Return where a notification links to, or null if it has no link or the link is not allowed. */
  abstract href(item: Notification): string | null;

  /** Mark a notification as read and follow its link. */
  abstract follow(id: string): void;

  /** Take a message of another tab. */
  protected abstract receive(message: Exclude<Message, { signed: string } | { live: boolean }>): void;

  private start() {
    const unwatch = this.tab.watch((event) => {
      if (event === "carillon-sign-out") return this.signOut();
      if (event === "online") {
        this.poller.hurry();
        if (this.state.problem && this.tab.visible()) void this.update();
        this.hints?.online();
      } else this.hints?.shownOrHidden();
      this.poller.stand();
      this.set({}); // the permission for alerts may have changed
    });
    const unlisten = this.alerts.listen();
    this.end = () => {
      unwatch();
      unlisten();
      this.hints?.close();
      this.poller.stop(!!this.listing);
      this.listing?.abort();
      this.stopPaging();
      this.join(null);
      this.end = null;
    };
    this.join(this.user);
    this.poller.stand();
    this.arrived ??= takeFromAddress();
    if (this.arrived) void this.update(); // also in a tab that is not visible yet
  }

  /** Take the user of a request's token. A change of user clears the state: users never see each other's data. */
  private identified = (user: string | null): void => {
    const before = this.user;
    if (user !== null && user === this.left) throw new Problem(401, "signed_out");
    this.left = null;
    if (user === before) return;
    this.user = user;
    this.poller.name = user === null ? null : `carillon ${this.options.apiUrl} ${user}`;
    this.forget({ user });
    if (!this.end) return;
    this.join(user);
    this.poller.stand();
    if (!before) return;
    this.alerts.clear();
    this.listing?.abort();
    this.stopPaging();
    queueMicrotask(() => void this.update());
    throw new Problem(0, "user_changed");
  };

  /** Take the address of hints that came with a list. */
  protected offer(live: LiveAddress | null) {
    const { tab, poller, client } = this;
    this.live = live;
    this.hints?.offer(live);
    if (!live || !tab.socket || this.loadsHints) return;
    this.loadsHints = true;
    tab.live().then(
      ({ Hints }) => {
        this.hints = new Hints(tab, poller, client, (on) => this.channel?.send({ live: on } satisfies Message));
        this.hints.offer(this.live);
      },
      () => {}, // the page does not serve the file: the bell polls
    );
  }

  private leave() {
    this.left = this.user ?? this.left;
    this.user = this.arrived = this.poller.name = null;
    this.listing?.abort();
    this.client.leave();
    this.alerts.clear();
    this.forget({ problem: new Problem(401, "signed_out") });
    this.stopPaging();
    this.poller.answered(); // the next poll finds who signs in
    if (this.end) this.poller.stand();
  }

  private hear(message: Message) {
    if ("live" in message) this.hints?.follow(message.live);
    else if (!("signed" in message)) {
      if (this.left === null) this.receive(message);
    } else if (message.signed === "out") this.leave();
    else if (this.user === null) {
      this.left = null;
      void this.update();
    }
  }

  private forget(state: Partial<State>) {
    const { view, summoned } = this.state;
    this.alerts.user = state.user ?? "";
    this.feed = new Feed();
    this.hints?.close(true);
    this.live = null;
    this.set({ ...NOTHING, view, summoned, ...state });
  }

  private join(user: string | null | undefined) {
    this.channel?.close();
    this.channel =
      user == null
        ? null
        : this.tab.channel(`carillon ${this.options.apiUrl} ${user}`, (message) => this.hear(message));
  }

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
      swept: this.feed.sweeps,
      hasMore: list.cursor !== null,
      loading: !list.known,
      alerts: this.alerts.status,
    };
    for (const listener of this.listeners) listener();
  }
}
