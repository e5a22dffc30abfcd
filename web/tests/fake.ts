// The part of the API that the bell uses, in memory. Tests can delay its answers, break it and count its requests.
import type { NewPreferences, Notification, NotificationPage, Preferences } from "../src/client";
import type { ChannelName, ChannelState } from "../src/preferences";
import { channelLabels } from "../src/texts/en.gen";

/** Return a token with only the parts that the bell reads: the user, and when it expires in seconds since 1970. */
export function tokenFor(sub: string, exp?: number): string {
  return `e30.${btoa(JSON.stringify({ sub, exp })).replaceAll("=", "")}.signature`;
}

let made = 0;

/** Return a notification of the given age in minutes. Ids grow with time, like those of the API. */
export function notification(fields: Partial<Notification> & { age?: number } = {}): Notification {
  const { age = 0, ...given } = fields;
  const time = Date.now() - age * 60_000;
  const hex = time.toString(16).padStart(12, "0");
  const at = `${new Date(time).toISOString().slice(0, -1)}${String(made % 1000).padStart(3, "0")}Z`;
  return {
    id: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${(++made).toString(16).padStart(12, "0")}`,
    user_id: "alice",
    event_name: "job.failed",
    title: `Notification ${made}`,
    body: null,
    summary: null,
    severity: "info",
    target_url: null,
    data: null,
    batch_key: null,
    send_at: null,
    expires_at: null,
    read_at: null,
    archived_at: null,
    created_at: at,
    created_by: { kind: "producer", name: "billing" },
    updated_at: at,
    ...given,
  };
}

const channel = (enabled: boolean, more = {}) =>
  ({ enabled, minimum_severity: "warning", grouping: 5, rule: "stack", switchable: true, ...more }) as const;

const CHANNELS = Object.keys(channelLabels) as ChannelName[];
const states = Object.fromEntries(CHANNELS.map((name) => [name, channel(false)])) as Record<ChannelName, ChannelState>;
const switches = Object.fromEntries(CHANNELS.map((name) => [`${name}_enabled`, false])) as Record<
  `${ChannelName}_enabled`,
  boolean
>;

export const PREFERENCES: Preferences = {
  ...switches,
  default_email: "critical",
  in_app_enabled: true,
  email_enabled: true,
  digest_minutes: 5,
  by_default: ["in_app_enabled", "push_enabled", "digest_minutes"],
  quiet_hours: null,
  timezone: "Europe/Paris",
  timezone_known: true,
  rules: {},
  categories: [
    {
      name: "comment",
      description: { en: "Comments", fr: "Commentaires" },
      mandatory: [],
      audit: false,
      only_if_unread_minutes: null,
      ...states,
      email: channel(true, { minimum_severity: "info", grouping: 10 }),
    },
    {
      name: "security",
      description: { en: "Roles, API keys and data exports", fr: "Rôles, clés d’API et exports de données" },
      mandatory: ["email"],
      audit: true,
      only_if_unread_minutes: null,
      ...states,
      email: channel(true, { minimum_severity: "info", grouping: "now", rule: "category:security", switchable: false }),
    },
  ],
  channels: ["email", "push"],
  address_known: true,
  email_status: "ok",
  email_help: null,
  device_known: true,
  updated_at: null,
};

export interface ApiRequest {
  method: string;
  path: string;
  user: string;
  etag: string | null;
  body: unknown;
}

export class FakeApi {
  /** The notifications of each user, in any order. */
  notifications = new Map<string, Notification[]>();
  preferences: Preferences = PREFERENCES;
  requests: ApiRequest[] = [];
  headers: Record<string, string> = {};
  /** Tokens that the API rejects. */
  rejected = new Set<string>();
  /** Replaces the API's answer if it returns one. */
  instead: (request: ApiRequest) => Response | Promise<Response | undefined> | undefined = () => undefined;
  limit = 30;
  private readonly tags = new Map<string, string>();
  /** Where hints come from. */
  live: NotificationPage["live"] = null;
  /** True if the API also answers cancelled requests. */
  answersAll = false;

  add(...items: Notification[]): Notification[] {
    for (const item of items) this.of(item.user_id).push(item);
    return items;
  }

  of(user: string): Notification[] {
    if (!this.notifications.has(user)) this.notifications.set(user, []);
    return this.notifications.get(user)!;
  }

  unread(user = "alice"): number {
    return this.of(user).filter((item) => !item.read_at && !item.archived_at).length;
  }

  /** Return the number of requests that start with `part`, for example "GET /notifications?unread=1". */
  count(part = "GET /notifications"): number {
    return this.requests.filter(({ method, path }) => `${method} ${path}`.startsWith(part)).length;
  }

  fetch: typeof fetch = async (address, init) => {
    const url = new URL(String(address), "https://api.example.com");
    const headers = new Headers(init?.headers);
    const token = headers.get("Authorization")?.slice("Bearer ".length) ?? "";
    const request: ApiRequest = {
      method: init?.method ?? "GET",
      path: url.pathname + url.search,
      user: JSON.parse(atob(token.split(".")[1]!)).sub,
      etag: headers.get("If-None-Match"),
      body: init?.body ? JSON.parse(String(init.body)) : null,
    };
    this.requests.push(request);
    const answer = (await this.instead(request)) ?? this.answer(request, url, token);
    if (init?.signal?.aborted && !this.answersAll) throw init.signal.reason;
    return answer;
  };

  answer(request: ApiRequest, url: URL, token: string): Response {
    if (this.rejected.has(token)) return this.json({ message: "Unauthorized" }, 401);
    const { method, body } = request;
    if (url.pathname === "/preferences") return this.json(method === "PUT" ? this.store(body) : this.preferences);
    if (method === "GET") return this.list(request, url.searchParams);
    return this.mark(request, url.pathname.split("/")[2], body as never);
  }

  private list({ user, etag }: ApiRequest, query: URLSearchParams): Response {
    const archived = query.get("archived") === "1";
    const found = this.of(user)
      .filter((item) => archived === (item.archived_at !== null))
      .filter((item) => query.get("unread") !== "1" || !item.read_at)
      .sort((one, other) => (one.id < other.id ? 1 : -1))
      .filter((item) => !query.get("cursor") || item.id < query.get("cursor")!);
    const page = found.slice(0, this.limit);
    const answer = {
      notifications: page,
      next_cursor: found.length > page.length ? page.at(-1)!.id : null,
      unread_count: Math.min(1000, this.unread(user)),
      live: this.live,
    };
    const text = JSON.stringify(answer);
    if (!this.tags.has(text)) this.tags.set(text, `"${this.tags.size}"`);
    const tag = this.tags.get(text)!;
    if (tag === etag) return new Response(null, { status: 304, headers: { ETag: tag, ...this.headers } });
    return this.json(answer, 200, { ETag: tag });
  }

  private mark(
    { user }: ApiRequest,
    id: string | undefined,
    body: { read?: boolean; archived?: boolean; before?: string; undo?: string },
  ) {
    const now = new Date().toISOString();
    const items = this.of(user);
    if (!id && body.undo) {
      const read = items.filter((item) => !item.archived_at && item.read_at === body.undo);
      for (const item of read) this.change(item, { read_at: null, updated_at: now });
      return this.json({ updated: read.length, read_at: null });
    }
    if (!id) {
      const reads = items.filter((item) => !item.read_at && !item.archived_at && item.created_at <= body.before!);
      for (const item of reads) this.change(item, { read_at: now, updated_at: now });
      return this.json({ updated: reads.length, read_at: reads.length ? now : null });
    }
    const item = items.find((one) => one.id === id);
    if (!item) return this.json({ error: { code: "not_found", message: "There is nothing here." } }, 404);
    const { read, archived } = body;
    return this.json({
      notification: this.change(item, {
        ...(read === undefined ? {} : { read_at: read ? (item.read_at ?? now) : null }),
        ...(archived === undefined ? {} : { archived_at: archived ? (item.archived_at ?? now) : null }),
        updated_at: now,
      }),
    });
  }

  /** Replace a notification by a changed copy, so that earlier answers stay as they were. */
  change(item: Notification, fields: Partial<Notification>): Notification {
    const items = this.of(item.user_id);
    const next = { ...item, ...fields };
    items[items.indexOf(item)] = next;
    return next;
  }

  private store(body: unknown): Preferences {
    const { digest_minutes, rules, ...given } = body as NewPreferences;
    this.preferences = {
      ...this.preferences,
      ...(given as Partial<Preferences>),
      digest_minutes: digest_minutes ?? 5,
      rules: (rules ?? {}) as Preferences["rules"],
    };
    return this.preferences;
  }

  json(body: unknown, status = 200, headers = {}): Response {
    return new Response(JSON.stringify(body), {
      status,
      headers: { "Content-Type": "application/json", ...this.headers, ...headers },
    });
  }
}
