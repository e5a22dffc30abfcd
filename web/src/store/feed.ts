// A tab's copy of a person's notifications: the server's answers, with the pending changes applied on top.
import type { Notification, NotificationPage, View } from "../client";

/** The loaded part of a view, newest first. */
interface List {
  ids: string[];
  /** The cursor of the next page; null if there is none. */
  cursor: string | null;
  etag: string | null;
  /** The unread count that came with this ETag. */
  count: number | null;
  /** True after the first answer. */
  known: boolean;
  /** True if the next first page replaces the list. */
  stale: boolean;
}

/**
 * A change that the server has not confirmed yet: to one notification, to all shown up to a moment, or to all that
 * became read at a moment.
 */
export type Change =
  | { id: string; read?: boolean; archived?: boolean }
  | { before: string; at: string }
  | { undo: string };

/** Return when a notification was first shown, in a form that compares as text. */
export function shownAt({ created_at, send_at }: Notification): string {
  return [created_at, send_at ?? ""].map(comparable).sort().at(-1)!;
}

/** Add the fraction of a second, which the API omits if it is zero. */
const comparable = (time: string) => time.replace(/:(\d\d)Z/, ":$1.000000Z");

export class Feed {
  unreadCount: number | null = null;
  readonly lists: Record<View, List>;
  private readonly items = new Map<string, Notification>();
  private changes: Change[] = [];
  /** The moments at which all became read. */
  readonly sweeps = new Set<string | null>();
  /** The newest id of the first answer. Older notifications are not new to the person. */
  private first: string | null = null;

  constructor() {
    const list = () => ({
      ids: [],
      cursor: null,
      etag: null,
      count: null,
      known: false,
      stale: true,
    });
    this.lists = { unread: list(), all: list(), archived: list() };
  }

  /** Return the notifications of a view. "unread" keeps those that were read since the last `renew`. */
  show(view: View): Notification[] {
    return this.lists[view].ids
      .map((id) => this.get(id)!)
      .filter((item) => !item.archived_at === (view !== "archived"));
  }

  /** Return a notification with the pending changes applied. */
  get(id: string): Notification | undefined {
    const item = this.items.get(id);
    return item && this.changes.reduce(changed, item);
  }

  /** Store the first page of a view and its unread count. Return the notifications that are new and unread. */
  take(view: View, page: NotificationPage, etag: string | null): Notification[] {
    const found = page.notifications;
    const fresh = view === "archived" || this.first === null ? [] : found.filter((item) => this.isNews(item));
    found.forEach(this.keep);
    if (view !== "archived") this.first ??= found[0]?.id ?? "";

    const list = this.lists[view];
    const ids = found.map(({ id }) => id);
    const oldest = page.next_cursor ? ids.at(-1)! : "";
    // If the page does not reach the known part, other notifications lie between: drop the known part.
    const apart = list.stale || oldest > (list.ids[0] ?? "");
    const rest = apart ? [] : list.ids.filter((id) => id < oldest);
    const stay =
      view === "unread" && !apart ? list.ids.filter((id) => id >= oldest && this.items.get(id)?.read_at) : [];
    this.lists[view] = {
      ids: sorted([...ids, ...stay, ...rest]),
      cursor: rest.length ? list.cursor : page.next_cursor,
      etag,
      count: page.unread_count,
      known: true,
      stale: false,
    };
    this.unreadCount = page.unread_count;
    return fresh;
  }

  /** Restore the count that came with the view's ETag. Another view's page may have changed it since. */
  confirm(view: View, etag: string | null) {
    const list = this.lists[view];
    if (etag === list.etag) this.unreadCount = list.count ?? this.unreadCount;
  }

  /** Append the next page of a view. */
  extend(view: View, page: NotificationPage) {
    const list = this.lists[view];
    page.notifications.forEach(this.keep);
    list.ids = sorted([...list.ids, ...page.notifications.map(({ id }) => id)]);
    list.cursor = page.next_cursor;
  }

  /** Let the next first page replace the loaded part of a view. Until then the view shows the loaded part. */
  renew(view: View) {
    Object.assign(this.lists[view], { stale: true, etag: null });
  }

  /** Store the server's current state of one notification. */
  put(item: Notification) {
    this.keep(item);
    this.place(this.items.get(item.id));
  }

  begin(change: Change) {
    if ("at" in change) this.sweep(change.at);
    this.changes.push(change);
    if ("id" in change) this.place(this.get(change.id));
  }

  /** Remove a pending change, because the server confirmed or rejected it. */
  end(change: Change) {
    this.changes = this.changes.filter((other) => other !== change);
  }

  /** Apply that the server marked all notifications shown up to a moment as read, or undid it. */
  applyAll(change: Exclude<Change, { id: string }>) {
    if ("at" in change) this.sweep(change.at);
    for (const [id, item] of this.items) {
      const next = changed(item, change);
      this.items.set(id, next);
      if (next !== item && "undo" in change) this.place(next);
    }
  }

  get changing(): boolean {
    return this.changes.length > 0;
  }

  /** Let all that becomes read at a moment leave "unread", with what was read one by one before. */
  private sweep(at: string) {
    this.sweeps.add(at);
    const { unread } = this.lists;
    unread.ids = unread.ids.filter((id) => !this.get(id)!.read_at);
  }

  /** Keep the newer of two states: answers and messages of other tabs may overtake each other. */
  private keep = (item: Notification) => {
    const known = this.items.get(item.id);
    if (!known || comparable(item.updated_at) >= comparable(known.updated_at)) this.items.set(item.id, item);
  };

  /** Show a notification that moved to or from the archive in its view before the server lists it. */
  private place(item?: Notification) {
    if (!item) return;
    for (const view of item.archived_at ? (["archived"] as const) : (["all", "unread"] as const)) {
      const list = this.lists[view];
      if (list.ids.includes(item.id) || (list.cursor && item.id < list.cursor)) continue;
      if (view !== "unread" || !item.read_at) list.ids = sorted([...list.ids, item.id]);
    }
  }

  /** Return whether a notification is news. One that changed since it was recorded was read and marked unread again. */
  private isNews({ id, read_at, created_at, updated_at }: Notification): boolean {
    return !read_at && updated_at === created_at && !this.items.has(id) && id > this.first!;
  }
}

/** Sort ids, newest first: they grow with time (UUIDv7). */
function sorted(ids: string[]): string[] {
  return [...new Set(ids)].sort().reverse();
}

/** Return a notification after a change. Marking twice keeps the time of the first mark. */
function changed(item: Notification, change: Change): Notification {
  const now = new Date().toISOString();
  if ("before" in change) {
    const reads = !item.read_at && !item.archived_at && shownAt(item) <= change.before;
    return reads ? { ...item, read_at: change.at } : item;
  }
  if ("undo" in change) return item.read_at === change.undo ? { ...item, read_at: null } : item;
  if (change.id !== item.id) return item;
  const { read, archived } = change;
  return {
    ...item,
    read_at: read === undefined ? item.read_at : read ? (item.read_at ?? now) : null,
    archived_at: archived === undefined ? item.archived_at : archived ? (item.archived_at ?? now) : null,
  };
}
