// The HTTP API as the bell uses it. Types come from its description: src/api.gen.ts.
import type { components } from "./api.gen";

type Schemas = components["schemas"];
export type Notification = Schemas["Notification"];
export type NotificationPage = Schemas["NotificationPage"];
export type Preferences = Schemas["Preferences"];
export type NewPreferences = Schemas["NewPreferences"];
export type Severity = Notification["severity"];
export type View = "unread" | "all" | "archived";

/**
 * The user's token for the API, or null for nobody. It is asked before every request, so keep the token yourself until it
 * is about to expire; with `fresh` the API has refused it, and another one is needed.
 */
export type GetToken = (options: { fresh: boolean }) => string | null | undefined | Promise<string | null | undefined>;

/** Why a request failed. */
export class Problem extends Error {
  /** The HTTP status, or 0 when no answer came. */
  readonly status: number;
  /**
   * As the API says it (docs/api.md), or `no_answer`, `signed_out`, `user_changed`, `no_token`; `no_json` where something else
   * answered, and `unexpected` for what an application's own `getToken` threw.
   */
  readonly code: string;
  /** Seconds to wait before another try, where the API says so. */
  readonly retryAfter: number;

  constructor(status: number, code: string, message = code, retryAfter = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Whatever was thrown, as a problem. */
export function problemOf(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, "unexpected", String(error));
}

/** An answer. `body` is null when nothing has changed (304). */
export interface Answer<T> {
  body: T | null;
  etag: string | null;
  pollSeconds: number;
}

interface Sent {
  body?: unknown;
  etag?: string | null;
  signal?: AbortSignal;
}

const TIMEOUT = 20_000; // milliseconds; the gateway gives up after 30 s

/** `user` is told, before each request, whose token it is sent with, and may throw to stop it. */
export class Client {
  private readonly apiUrl: string;
  private readonly getToken: GetToken;
  private readonly fetch: typeof fetch;
  private readonly user: (subject: string | null) => void;

  constructor(apiUrl: string, getToken: GetToken, user: Client["user"], fetcher: typeof fetch) {
    this.apiUrl = apiUrl.replace(/\/+$/, "");
    this.getToken = getToken;
    this.user = user;
    this.fetch = fetcher;
  }

  list(view: View, sent: Sent & { cursor?: string | null }) {
    const query = new URLSearchParams();
    if (view !== "all") query.set(view, "1");
    if (sent.cursor) query.set("cursor", sent.cursor);
    return this.call<NotificationPage>("GET", `/notifications?${query}`, sent);
  }

  async mark(id: string, change: Schemas["MarkOne"]): Promise<Notification> {
    const { body } = await this.call<Schemas["MarkedOne"]>("PATCH", `/notifications/${id}`, { body: change });
    return body!.notification;
  }

  /** `before` is a time as the API wrote it: what was shown later stays unread. */
  markAll(before: string) {
    const body: Schemas["MarkRead"] = { all: true, before };
    return this.call<Schemas["MarkedAll"]>("PATCH", "/notifications", { body });
  }

  async preferences(): Promise<Preferences> {
    return (await this.call<Preferences>("GET", "/preferences")).body!;
  }

  async storePreferences(body: NewPreferences): Promise<Preferences> {
    return (await this.call<Preferences>("PUT", "/preferences", { body })).body!;
  }

  private async call<T>(method: string, path: string, sent: Sent = {}): Promise<Answer<T>> {
    for (let fresh = false; ; fresh = true) {
      const answer = await this.send(method, path, sent, await this.token(fresh));
      if (answer.status === 401 && !fresh) continue; // once: the token may have expired a moment ago
      const body = await answer.json().catch(() => null);
      const number = (name: string) => Math.max(0, Number(answer.headers.get(name)) || 0);
      if (answer.ok && !body) throw new Problem(answer.status, "no_json", `${this.apiUrl} answered no JSON`);
      if (answer.ok || answer.status === 304) {
        return {
          body,
          etag: answer.headers.get("ETag"),
          pollSeconds: number("Carillon-Poll-Interval"),
        };
      }
      // The gateway's own errors are {"message"}.
      const { code = "refused", message = body?.message } = body?.error ?? {};
      throw new Problem(answer.status, code, message, number("Retry-After"));
    }
  }

  private async token(fresh: boolean): Promise<string> {
    const token = await this.getToken({ fresh });
    this.user(token ? subject(token) : null);
    if (!token) throw new Problem(401, "signed_out");
    return token;
  }

  private async send(method: string, path: string, { body, etag, signal }: Sent, token: string): Promise<Response> {
    const headers: Record<string, string> = {
      Authorization: `Bearer ${token}`,
    };
    if (body) headers["Content-Type"] = "application/json";
    if (etag) headers["If-None-Match"] = etag;
    const timeout = AbortSignal.timeout(TIMEOUT);
    try {
      return await this.fetch(this.apiUrl + path, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        cache: "no-store",
        keepalive: method === "PATCH", // a link that is followed ends the page, but not what it marks
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
    } catch (error) {
      throw new Problem(0, "no_answer", String(error));
    }
  }
}

/** The `sub` of a JWT, or "" of anything else. Nothing is verified: it only tells one user from another. */
export function subject(token: string): string {
  try {
    const claims = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    return String(JSON.parse(atob(claims)).sub ?? "");
  } catch {
    return "";
  }
}
