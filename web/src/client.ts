// A client for the part of the HTTP API that the bell uses. Its types come from src/api.gen.ts.
import type { components } from "./api.gen";
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

/** An answer. `body` is null when nothing has changed (304). */
export interface Answer<T> {
  body: T | null;
  etag: string | null;
  pollSeconds: number;
}

interface RequestParts {
  body?: unknown;
  etag?: string | null;
  signal?: AbortSignal;
  /** The user whom the request is about. It is not sent with the token of another. */
  of?: string | null;
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

  list(view: View, parts: RequestParts & { cursor?: string | null }) {
    const query = new URLSearchParams();
    if (view !== "all") query.set(view, "1");
    if (parts.cursor) query.set("cursor", parts.cursor);
    return this.call<NotificationPage>("GET", `/notifications?${query}`, parts);
  }

  async mark(id: string, change: Schemas["MarkOne"]): Promise<Notification> {
    const { body } = await this.call<Schemas["MarkedOne"]>("PATCH", `/notifications/${id}`, { body: change });
    return body!.notification;
  }

  /** `before` is a time in the API's format. Notifications shown after it stay unread. */
  markAll(before: string) {
    return this.markMany({ all: true, before });
  }

  /** Mark as unread again what the `markAll` that answered this `read_at` marked. */
  unmarkAll(read_at: string) {
    return this.markMany({ all: true, undo: read_at });
  }

  async preferences(): Promise<Preferences> {
    return (await this.call<Preferences>("GET", "/preferences")).body!;
  }

  /** Store preferences of the user `of`, but not if another person has signed in meanwhile. */
  async storePreferences(body: NewPreferences, of: string | null): Promise<Preferences> {
    return (await this.call<Preferences>("PUT", "/preferences", { body, of })).body!;
  }

  private async markMany(body: Schemas["MarkRead"]): Promise<Schemas["MarkedAll"]> {
    return (await this.call<Schemas["MarkedAll"]>("PATCH", "/notifications", { body })).body!;
  }

  private async call<T>(method: string, path: string, parts: RequestParts = {}): Promise<Answer<T>> {
    const session = this.session.signal;
    for (let fresh = this.fresh; ; fresh = true) {
      const token = await this.token(fresh, session);
      if (parts.of && parts.of !== subject(token)) throw new Problem(0, "user_changed");
      const answer = await this.send(method, path, parts, token, session);
      if (answer.status === 401 && !fresh) continue; // retry once: the token may have just expired
      const body = await answer.json().catch(() => null);
      if (session.aborted) throw new Problem(401, "signed_out");
      const number = (name: string) => Math.max(0, Number(answer.headers.get(name)) || 0);
      if (answer.ok && !body) throw new Problem(answer.status, "no_json", `${this.apiUrl} answered no JSON`);
      if (answer.ok || answer.status === 304) {
        return {
          body,
          etag: answer.headers.get("ETag"),
          pollSeconds: number("Carillon-Poll-Interval"),
        };
      }
      // The gateway's own errors have the form {"message"}.
      const { code = "refused", message = body?.message } = body?.error ?? {};
      throw new Problem(answer.status, code, message, number("Retry-After"));
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
    method: string,
    path: string,
    { body, etag, signal }: RequestParts,
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
