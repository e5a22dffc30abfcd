// What a tab knows of a person's notifications: as the server told it, with the changes that are on their way to it on top.
import type { Notification, NotificationPage, View } from "../client";

/** Part of a view, from the newest down. */
interface List {
  ids: string[];
  /** Where the rest begins; null: there is no more. */
  cursor: string | null;
  etag: string | null;
  /** The unread count that came with that tag. */
  count: number | null;
  /** Whether it was ever answered. */
  known: boolean;
  /** Whether the next first page replaces it. */
  stale: boolean;
}

/** A change that the server has not confirmed yet: to one notification, or to all that were shown by a moment. */
export type Change = { id: string; read?: boolean; archived?: boolean } | { before: string };

/** When a notification was shown first, so that such moments compare as text. */
export function shownAt({ created_at, send_at }: Notification): string {
  return [created_at, send_at ?? ""].map(comparable).sort().at(-1)!;
}

/** The API leaves out a fraction of zero. */
const comparable = (time: string) => time.replace(/:(\d\d)Z/, ":$1.000000Z");

export class Feed {
  unreadCount: number | null = null;
  readonly lists: Record<View, List>;
  private readonly items = new Map<string, Notification>();
  private changes: Change[] = [];
  /** The newest id of the first answer: what is older was there before. */
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

  /** What a view shows. In "unread" that is also what became read since `renew`, until it is asked for anew. */
  show(view: View): Notification[] {
    return this.lists[view].ids
      .map((id) => this.get(id)!)
      .filter((item) => !item.archived_at === (view !== "archived"));
  }

  /** A notification, with the changes on their way. */
  get(id: string): Notification | undefined {
    const item = this.items.get(id);
    return item && this.changes.reduce(changed, item);
  }

  /** The first page of a view, with the count of the same moment. Returns what is new and unread. */
  take(view: View, page: NotificationPage, etag: string | null): Notification[] {
    const found = page.notifications;
    const fresh = view === "archived" || this.first === null ? [] : found.filter((item) => this.isNews(item));
    found.forEach(this.hold);
    if (view !== "archived") this.first ??= found[0]?.id ?? "";

    const list = this.lists[view];
    const ids = found.map(({ id }) => id);
    const oldest = page.next_cursor ? ids.at(-1)! : "";
    // So many came that others lie between this page and what was known: forget that.
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

  /** What came with the tag that a view has holds still: the count, which another view's page may have changed since. */
  confirm(view: View, etag: string | null) {
    const list = this.lists[view];
    if (etag === list.etag) this.unreadCount = list.count ?? this.unreadCount;
  }

  /** The page after what a view has. */
  extend(view: View, page: NotificationPage) {
    const list = this.lists[view];
    page.notifications.forEach(this.hold);
    list.ids = sorted([...list.ids, ...page.notifications.map(({ id }) => id)]);
    list.cursor = page.next_cursor;
  }

  /** Makes the next first page of a view replace what is known of it. Until then it shows that. */
  renew(view: View) {
    Object.assign(this.lists[view], { stale: true, etag: null });
  }

  /** One notification as the server has it now. */
  put(item: Notification) {
    this.hold(item);
    this.place(this.items.get(item.id));
  }

  begin(change: Change) {
    this.changes.push(change);
    if ("id" in change) this.place(this.get(change.id));
  }

  /** A change is confirmed or refused: it no longer lies over what the server says. */
  end(change: Change) {
    this.changes = this.changes.filter((other) => other !== change);
  }

  /** The server has marked all that were shown by a moment. */
  readAll(before: string) {
    for (const [id, item] of this.items) this.items.set(id, changed(item, { before }));
  }

  get changing(): boolean {
    return this.changes.length > 0;
  }

  /** Keeps the newer of two states of a notification: answers and other tabs' words may overtake each other. */
  private hold = (item: Notification) => {
    const held = this.items.get(item.id);
    if (!held || comparable(item.updated_at) >= comparable(held.updated_at)) this.items.set(item.id, item);
  };

  /** What comes back from the archive, or goes there, is shown before the server lists it. */
  private place(item?: Notification) {
    if (!item) return;
    for (const view of item.archived_at ? (["archived"] as const) : (["all", "unread"] as const)) {
      const list = this.lists[view];
      if (list.ids.includes(item.id) || (list.cursor && item.id < list.cursor)) continue;
      if (view !== "unread" || !item.read_at) list.ids = sorted([...list.ids, item.id]);
    }
  }

  /** What has changed since it was recorded is no news: it was read once, and marked unread. */
  private isNews({ id, read_at, created_at, updated_at }: Notification): boolean {
    return !read_at && updated_at === created_at && !this.items.has(id) && id > this.first!;
  }
}

/** Ids grow with time (UUIDv7), so that newest first is largest first. */
function sorted(ids: string[]): string[] {
  return [...new Set(ids)].sort().reverse();
}

/** A notification as it is after a change. Marking twice keeps the first time. */
function changed(item: Notification, change: Change): Notification {
  const now = new Date().toISOString();
  if ("before" in change) {
    const reads = !item.read_at && !item.archived_at && shownAt(item) <= change.before;
    return reads ? { ...item, read_at: now } : item;
  }
  if (change.id !== item.id) return item;
  const { read, archived } = change;
  return {
    ...item,
    read_at: read === undefined ? item.read_at : read ? (item.read_at ?? now) : null,
    archived_at: archived === undefined ? item.archived_at : archived ? (item.archived_at ?? now) : null,
  };
}
