// The state of the bell. It is kept up to date by requests and by messages from other tabs.
import { type Notification, type NotificationPage, problemOf, type View } from "../client";
import { safeHref } from "../links";
import { Session } from "./session";
import type { Confirmed, Message } from "./state";

export abstract class Reader extends Session {
  /** Ask the API for new notifications now, but not for the person who signed out. */
  async update(): Promise<void> {
    this.poller.asking();
    this.listing?.abort();
    // Pending changes end with a refresh. An answer from before them would undo them on the screen.
    if (this.feed.changing) return this.poller.asked();
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
      this.hints?.announce();
      this.set({ problem });
    } finally {
      if (this.listing === mine) {
        this.listing = null;
        this.poller.asked();
      }
    }
  }

  setView = (view: View): void => {
    this.feed.renew(view);
    this.stopPaging();
    this.set({ view, problem: null });
    void this.update();
  };

  /** Return where a notification links to, or null if it has no link or the link is not allowed. */
  href({ target_url }: Notification): string | null {
    return safeHref(target_url, this.options.linkOrigins ?? [], location.href);
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
    const failed = this.poller.failing;
    this.poller.answered(seconds);
    if (failed) this.hints?.announce();
    this.channel?.send({ view, page: body, etag, seconds } satisfies Message);
    if (news.length && this.alerts.status === "on" && !(await this.poller.someVisible())) {
      await this.alerts.show(news);
      this.set({}); // the attempt may have shown that alerts are unsupported
    }
  }

  private take(view: View, page: NotificationPage | null, etag: string | null): Notification[] {
    if (!page) this.feed.confirm(view, etag);
    const news = page ? this.feed.take(view, page, etag) : [];
    if (page) this.offer(page.live ?? null);
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
    else if ("undone" in message) this.feed.applyAll({ undo: message.undone });
    else this.feed.applyAll({ before: message.readBefore, at: message.readAt ?? new Date().toISOString() });
    this.set({});
  }

  protected receive(message: Exclude<Message, { signed: string } | { live: boolean }>) {
    if (!("page" in message)) {
      this.absorb(message);
      this.stopPaging(); // its answer may be from before this change
      if (this.listing) void this.update(); // this request, too, may be answered from before the change
      return;
    }
    this.poller.answered(message.seconds);
    this.hints?.announce(); // the other tab may be new
    if (this.listing || this.feed.changing) return; // this tab's own answer will be newer
    const { view, problem } = this.state;
    const missed = problem !== null || this.feed.lists[view].stale; // this tab's own request failed
    const { etag } = this.feed.lists[message.view];
    const behind = !message.page && etag !== null && etag !== message.etag; // it lacks the page that did not change
    this.take(message.view, message.page, message.etag);
    const elsewhere = message.page && message.view !== view && this.opened;
    if ((missed || behind || elsewhere) && this.tab.visible()) void this.update();
  }
}
