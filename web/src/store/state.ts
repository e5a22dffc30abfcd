import type { GetToken, Notification, NotificationPage, Problem, View } from "../client";
import type { Tab } from "../tab";
import type { AlertsStatus } from "./alerts";

export interface Options {
  /** Where the API is, as the stack's output ApiUrl says. */
  apiUrl: string;
  getToken: GetToken;
  /** Origins, besides the page's own, that a notification may link to: `["https://docs.example.com"]`. */
  linkOrigins?: readonly string[] | undefined;
  /** The address of carillon-sw.js, for alerts in browsers that need a service worker for them (Android). */
  serviceWorkerUrl?: string | undefined;
  /** Follows a link; without it the browser loads the page. */
  navigate?: ((href: string, notification: Notification) => void) | undefined;
  /** The line of a desktop alert; without it the summary or, without one, the title. */
  alertTitle?: ((notification: Notification) => string) | undefined;
  /** The line of the alert that stands for so many others. */
  moreTitle?: ((count: number) => string) | undefined;
  /** For tests. */
  tab?: Tab | undefined;
}

/** What became of something that the person did. */
export type Notice =
  | { kind: "archived" | "restored"; notification: Notification }
  | { kind: "allRead" }
  | { kind: "failed"; problem: Problem };

export interface State {
  /** The `sub` of the token; null before the first one, and for nobody. */
  user: string | null;
  view: View;
  /** The view's, the newest first, with the changes on their way. */
  notifications: readonly Notification[];
  /** As the server answered it together with a list; null before its first answer. Exact up to 1,000 and capped there. */
  unreadCount: number | null;
  hasMore: boolean;
  /** Whether the view's first answer is awaited. */
  loading: boolean;
  loadingMore: boolean;
  /** Why the last request for a list failed; null when it did not. */
  problem: Problem | null;
  /** When the server last answered, in milliseconds since 1970. */
  refreshedAt: number | null;
  notice: Notice | null;
  /** What came last while the page was shown. */
  news: readonly Notification[];
  alerts: AlertsStatus;
  /** How often a click on an alert without a link asked for the list. */
  summoned: number;
}

export const NOTHING: State = {
  user: null,
  view: "unread",
  notifications: [],
  unreadCount: null,
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

/** What the server has confirmed. */
export type Confirmed = { changed: Notification } | { readBefore: string };

/** What tabs of one user tell each other. Without a page: nothing has changed. */
export type Message =
  | {
      view: View;
      page: NotificationPage | null;
      etag: string | null;
      seconds: number;
    }
  | Confirmed;
