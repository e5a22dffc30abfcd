import type { GetToken, Notification, NotificationPage, Problem, View } from "../client";
import type { Tab } from "../tab";
import type { AlertsStatus } from "./alerts";

export interface Options {
  /** The address of the API: the stack's output ApiUrl. */
  apiUrl: string;
  getToken: GetToken;
  /** Origins that a notification may link to, besides the page's own: `["https://docs.example.com"]`. */
  linkOrigins?: readonly string[] | undefined;
  /** The address of carillon-sw.js, for browsers that need a service worker for alerts (Android). */
  serviceWorkerUrl?: string | undefined;
  /** Follows a link. By default the browser loads the page. */
  navigate?: ((href: string, notification: Notification) => void) | undefined;
  /** Returns the title of a desktop alert. By default it is the summary, or else the title. */
  alertTitle?: ((notification: Notification) => string) | undefined;
  /** Returns the title of the alert that stands for `count` others. */
  moreTitle?: ((count: number) => string) | undefined;
  /** For tests. */
  tab?: Tab | undefined;
}

/** The result of the person's action. */
export type Notice =
  | { kind: "archived" | "restored"; notification: Notification }
  /** `readAt` undoes it. Null until the server's answer, and if nothing became read. */
  | { kind: "allRead"; readAt: string | null }
  | { kind: "allUnread" }
  /** Messages about a category were switched off or on again. `undo` restores the person's rules. */
  | { kind: "muted" | "unmuted"; name: string; channels: string; undo?: () => Promise<void> }
  /** `undo` tries again to undo what was done before. */
  | { kind: "failed"; problem: Problem; undo?: () => Promise<void> };

export interface State {
  /** The `sub` of the token; null before the first token and for signed-out people. */
  user: string | null;
  view: View;
  /** The notifications of the view, newest first, with the pending changes applied. */
  notifications: readonly Notification[];
  /** The count of the server's last list; null before the first answer. The server counts at most 1,000. */
  unreadCount: number | null;
  /** The `read_at` of all that "mark all as read" marked. The bell hides them in the view "unread" at once. */
  swept: ReadonlySet<string | null>;
  hasMore: boolean;
  /** True until the first answer for the view. */
  loading: boolean;
  loadingMore: boolean;
  /** Why the last request for a list failed; null if it succeeded. */
  problem: Problem | null;
  /** When the server last answered, in milliseconds since 1970. */
  refreshedAt: number | null;
  notice: Notice | null;
  /** The notifications that arrived last while the page was visible. */
  news: readonly Notification[];
  alerts: AlertsStatus;
  /** The number of clicks on alerts without a link. Each click opens the list. */
  summoned: number;
}

export const NOTHING: State = {
  user: null,
  view: "unread",
  notifications: [],
  unreadCount: null,
  swept: new Set(),
  hasMore: false,
  loading: true,
  loadingMore: false,
  problem: null,
  refreshedAt: null,
  notice: null,
  news: [],
  alerts: "off",
  summoned: 0,
};

/** A change that the server confirmed. */
export type Confirmed =
  | { changed: Notification }
  | { readBefore: string; readAt?: string | null | undefined }
  | { undone: string };

/** A message between the tabs of one user. `page` is null if nothing changed. */
export type Message =
  | {
      view: View;
      page: NotificationPage | null;
      etag: string | null;
      seconds: number;
    }
  | Confirmed
  /** Whether the tab that polls hears hints, so that the others may rely on it. */
  | { live: boolean }
  /** The person signed out, or in again, in one tab. */
  | { signed: "out" | "in" };
