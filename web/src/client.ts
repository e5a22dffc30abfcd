// The bell's client: the calls of the client package, sent by rules of the bell's own. It retries nothing but a refused
// token, because the store has its own backoff, and a sign-out ends all requests.
import type { components } from "../../clients/typescript/src/api.gen";
import { OwnNotifications, Preferences as OwnPreferences } from "../../clients/typescript/src/own";
import type { Answer, Polled, Request } from "../../clients/typescript/src/resource";
import { unanswered } from "./unanswered";

type Schemas = components["schemas"];
export type Notification = Schemas["Notification"];
export type NotificationPage = Schemas["NotificationPage"];
export type Preferences = Schemas["Preferences"];
export type NewPreferences = Schemas["NewPreferences"];
export type Severity = Notification["severity"];
/** Where hints come from: a WebSocket of AWS AppSync Events, and its channels. */
export type LiveAddress = Schemas["Live"];
export type View = "unread" | "all" | "archived";

/**
 * Returns the user's token for the API, or null if no user is signed in. The bell calls it before every request, so
 * keep the token until shortly before it expires. `fresh` means that the API rejected the token: return another one.
 */
export interface GetToken {
  (options: { fresh: boolean }): string | null | undefined | Promise<string | null | undefined>;
  /** Drops a kept token. The bell calls it when the person signs out. */
  forget?: () => void;
}

/** The reason why a request failed. */
export class Problem extends Error {
  /** The HTTP status, or 0 when no answer came. */
  readonly status: number;
  /**
   * The API's error code (docs/api.md), or `no_answer`, `signed_out`, `user_changed` or `no_token`. `origin_refused`:
   * the server answers, but does not allow the page's origin. `no_json`: another server answered. `unexpected`: the
   * application's own `getToken` threw an error.
   */
  readonly code: string;
  /** Seconds to wait before the next try, or 0 if the API names none. */
  readonly retryAfter: number;

  constructor(status: number, code: string, message = code, retryAfter = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Return a thrown value as a `Problem`. */
export function problemOf(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, "unexpected", String(error));
}

const TIMEOUT = 20_000; // milliseconds; the gateway's limit is 30 s

/** Calls `user` before each request with the user of its token. `user` may throw to stop the request. */
export class Client {
  private readonly apiUrl: string;
  private readonly getToken: GetToken;
  private readonly fetch: typeof fetch;
  private readonly user: (subject: string | null) => void;
  private session = new AbortController();
  /** True once the API has answered: so it allows the page. */
  private allowed = false;
  /** True if the next request needs another token than the last one. */
  private fresh = false;
  private readonly notifications = new OwnNotifications((request) => this.call(request));

  constructor(apiUrl: string, getToken: GetToken, user: Client["user"], fetcher: typeof fetch) {
    this.apiUrl = apiUrl.replace(/\/+$/, "");
    this.getToken = getToken;
    this.user = user;
    this.fetch = fetcher;
  }

  /** Cancel all requests, and drop what still comes of them: the person has signed out. */
  leave() {
    this.session.abort();
    this.session = new AbortController();
    this.fresh = true;
    this.getToken.forget?.();
  }

  list(
    view: View,
    { cursor, ...options }: { cursor?: string | null; etag?: string | null; signal?: AbortSignal },
  ): Promise<Polled<NotificationPage>> {
    const query = view === "all" ? {} : { [view]: true };
    return this.notifications.list(cursor ? { ...query, cursor } : query, options);
  }

  mark(id: string, change: Schemas["MarkOne"]): Promise<Notification> {
    return this.notifications.mark(id, change);
  }

  /** `before` is a time in the API's format. Notifications shown after it stay unread. */
  markAll(before: string): Promise<Schemas["MarkedAll"]> {
    return this.notifications.markAll({ before });
  }

  /** Mark as unread again what the `markAll` that answered this `read_at` marked. */
  unmarkAll(read_at: string): Promise<Schemas["MarkedAll"]> {
    return this.notifications.markAll({ undo: read_at });
  }

  preferences(): Promise<Preferences> {
    return new OwnPreferences((request) => this.call(request)).get();
  }

  /** Store preferences of the user `of`, but not if another person has signed in meanwhile. */
  storePreferences(body: NewPreferences, of: string | null): Promise<Preferences> {
    return new OwnPreferences((request) => this.call(request, of)).set(body);
  }

  /** Return the answer to a request. With `of`, it is not sent with the token of another user. */
  private async call(request: Request, of: string | null = null): Promise<Answer> {
    const session = this.session.signal;
    for (let fresh = this.fresh; ; fresh = true) {
      const token = await this.token(fresh, session);
      if (of && of !== subject(token)) throw new Problem(0, "user_changed");
      const response = await this.send(request, token, session);
      const { ok, status, headers } = response;
      if (status === 401 && !fresh) continue; // retry once: the token may have just expired
      const body = await response.json().catch(() => null);
      if (session.aborted) throw new Problem(401, "signed_out");
      if (ok && !body) throw new Problem(status, "no_json", `${this.apiUrl} answered no JSON`);
      if (ok || status === 304) return { status, headers, body };
      // The gateway's own errors have the form {"message"}.
      const { code = "refused", message = body?.message } = body?.error ?? {};
      throw new Problem(status, code, message, Math.max(0, Number(headers.get("Retry-After")) || 0));
    }
  }

  /** Return the user's token, also for a connection that is not a request. Throw a Problem if nobody is signed in. */
  async token(fresh: boolean, session: AbortSignal = this.session.signal): Promise<string> {
    const token = await this.getToken({ fresh });
    if (!session.aborted) this.user(token ? subject(token) : null);
    if (!token || session.aborted) throw new Problem(401, "signed_out");
    this.fresh = false;
    return token;
  }

  private async send(
    { method, path, body, etag, signal }: Request,
    token: string,
    session: AbortSignal,
  ): Promise<Response> {
    const headers: Record<string, string> = {
      Authorization: `Bearer ${token}`,
    };
    if (body) headers["Content-Type"] = "application/json";
    if (etag) headers["If-None-Match"] = etag;
    const ends = [session, AbortSignal.timeout(TIMEOUT)];
    try {
      const answer = await this.fetch(this.apiUrl + path, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        cache: "no-store",
        keepalive: method === "PATCH", // the mark is still sent when a followed link unloads the page
        signal: AbortSignal.any(signal ? [signal, ...ends] : ends),
      });
      this.allowed = true;
      return answer;
    } catch (error) {
      const code = this.allowed ? "no_answer" : await unanswered(error, `${this.apiUrl}/health`, this.fetch);
      throw new Problem(0, code, String(error));
    }
  }
}

/** Return the `sub` of a JWT, or "" for other text. It verifies nothing and only distinguishes users. */
export function subject(token: string): string {
  try {
    const claims = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    return String(JSON.parse(atob(claims)).sub ?? "");
  } catch {
    return "";
  }
}
