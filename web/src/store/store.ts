// A person's actions on notifications. A change shows at once and is undone if the server rejects it.
import { problemOf } from "../client";
import { whole } from "../links";
import { type Change, shownAt } from "./feed";
import { Reader } from "./reader";
import type { Confirmed, Notice, Options } from "./state";

export class NotificationStore extends Reader {
  private queue: Promise<void> = Promise.resolve();

  /** Record that the list is visible: refresh it, and drop the read notifications from "unread". */
  open = (): void => {
    this.opened = true;
    this.setView(this.state.view === "archived" ? "unread" : this.state.view);
  };

  close = (): void => {
    this.opened = false;
    this.set({ notice: null });
  };

  /** Load the next page of the view. */
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

  /** Mark all as read up to the newest notification in the view. One that arrives meanwhile stays unread. */
  markAllRead = async (): Promise<void> => {
    const before = this.state.notifications.map(shownAt).sort().at(-1);
    const at = new Date().toISOString();
    if (before && this.state.unreadCount) await this.change({ before, at }, { kind: "allRead", readAt: null });
  };

  archive = async (id: string, archived = true): Promise<void> => {
    const notification = this.feed.get(id);
    if (notification) await this.change({ id, archived }, { kind: archived ? "archived" : "restored", notification });
  };

  /** Undo what the notice names. If it fails, it may be tried again. */
  undo = async (): Promise<void> => {
    if (this.state.notice?.kind === "allRead") await this.queue; // only the answer says what became read
    const { notice } = this.state;
    if (notice?.kind === "archived") await this.archive(notice.notification.id, false);
    else if (notice?.kind === "allRead" && notice.readAt)
      await this.change({ undo: notice.readAt }, { kind: "allUnread" });
    else if (notice && "undo" in notice) await notice.undo?.();
    const after = this.state.notice;
    if (notice?.kind === "failed" || after?.kind !== "failed") return;
    after.undo = () => {
      this.set({ notice });
      return this.undo();
    };
    this.set({});
  };

  /** Show a notice, or none. */
  notify = (notice: Notice | null): void => this.set({ notice });

  /** Enable alerts. Call it only from a click, because browsers reject other calls. */
  enableAlerts = async (): Promise<void> => {
    await this.alerts.enable();
    this.set({});
  };

  disableAlerts = (): void => {
    this.alerts.disable();
    this.set({});
  };

  /** Mark a notification as read and follow its link. */
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
      if (feed !== this.feed) return; // the user has changed
      try {
        const message = await this.send(change);
        feed.end(change);
        this.channel?.send(message);
        // Only the answer says what an undo needs. The notice stays the same, so it is announced once.
        if (notice?.kind === "allRead" && "readAt" in message) notice.readAt = message.readAt ?? null;
        this.absorb(message);
      } catch (error) {
        feed.end(change);
        if (feed === this.feed) this.set({ notice: { kind: "failed", problem: problemOf(error) } });
      }
    });
    await this.queue;
    if (feed === this.feed) await this.update();
  }

  private async send(change: Change): Promise<Confirmed> {
    if ("before" in change) {
      const { read_at } = await this.client.markAll(change.before);
      return { readBefore: change.before, readAt: read_at };
    }
    if ("undo" in change) {
      await this.client.unmarkAll(change.undo);
      return { undone: change.undo };
    }
    const { id, ...marks } = change;
    return { changed: await this.client.mark(id, marks) };
  }
}

/** Make the store of `useNotifications`, for an application that shares it between several components. */
export const createNotifications = (options: Options): NotificationStore => new NotificationStore(options);
