// What a person does with notifications: shown at once, taken back when the server refuses.
import { problemOf } from "../client";
import { whole } from "../links";
import { type Change, shownAt } from "./feed";
import { Reader } from "./reader";
import type { Confirmed, Notice, Options } from "./state";

export class NotificationStore extends Reader {
  private queue: Promise<void> = Promise.resolve();

  /** The list comes into sight: it is brought up to date, and what was read before leaves "unread". */
  open = (): void => {
    this.opened = true;
    this.setView(this.state.view === "archived" ? "unread" : this.state.view);
  };

  close = (): void => {
    this.opened = false;
    this.set({ notice: null });
  };

  /** The next page of the view. */
  loadMore = async (): Promise<void> => {
    const { view } = this.state;
    const { cursor } = this.feed.lists[view];
    if (!cursor || this.paging) return;
    const mine = new AbortController();
    this.paging = mine;
    this.set({ loadingMore: true });
    try {
      const { body } = await this.client.list(view, {
        cursor,
        signal: mine.signal,
      });
      if (!mine.signal.aborted && this.feed.lists[view].cursor === cursor) {
        this.feed.extend(view, body!);
        this.set({ problem: null });
      }
    } catch (error) {
      if (!mine.signal.aborted) this.set({ problem: problemOf(error) });
    }
    if (this.paging === mine) this.paging = null;
    this.set({ loadingMore: !!this.paging });
  };

  markRead = async (id: string, read = true): Promise<void> => {
    if (!this.feed.get(id)?.read_at === read) await this.change({ id, read }, null);
  };

  /** Marks all as read that were shown by the time of the newest one in the view: what comes meanwhile stays unread. */
  markAllRead = async (): Promise<void> => {
    const before = this.state.notifications.map(shownAt).sort().at(-1);
    if (before && this.state.unreadCount) await this.change({ before }, { kind: "allRead" });
  };

  archive = async (id: string, archived = true): Promise<void> => {
    const notification = this.feed.get(id);
    if (notification) await this.change({ id, archived }, { kind: archived ? "archived" : "restored", notification });
  };

  /** Takes the archiving back that the notice tells of. */
  undo = async (): Promise<void> => {
    const { notice } = this.state;
    if (notice?.kind === "archived") await this.archive(notice.notification.id, false);
  };

  /** Only from a click: browsers refuse it otherwise. */
  enableAlerts = async (): Promise<void> => {
    await this.alerts.enable();
    this.set({});
  };

  disableAlerts = (): void => {
    this.alerts.disable();
    this.set({});
  };

  /** Marks a notification as read and goes where it leads. */
  override follow = (id: string): void => {
    const item = this.feed.get(id);
    const href = item && this.href(item);
    void this.markRead(id);
    if (!href) this.set({ summoned: this.state.summoned + 1 });
    else if (this.options.navigate) this.options.navigate(href, item);
    else location.assign(whole(href));
  };

  private async change(change: Change, notice: Notice | null) {
    const { feed } = this;
    this.stopPaging();
    feed.begin(change);
    this.set({ notice });
    this.queue = this.queue.then(async () => {
      if (feed !== this.feed) return; // another user's by now
      try {
        const message = await this.send(change);
        feed.end(change);
        this.channel?.send(message);
        this.absorb(message);
      } catch (error) {
        feed.end(change);
        if (feed === this.feed) this.set({ notice: { kind: "failed", problem: problemOf(error) } });
      }
    });
    await this.queue;
    if (feed === this.feed) await this.refresh();
  }

  private async send(change: Change): Promise<Confirmed> {
    if ("before" in change) {
      await this.client.markAll(change.before);
      return { readBefore: change.before };
    }
    const { id, ...marks } = change;
    return { changed: await this.client.mark(id, marks) };
  }
}

/** The store under `useNotifications`, for an application that shares one between several components. */
export const createNotifications = (options: Options): NotificationStore => new NotificationStore(options);
