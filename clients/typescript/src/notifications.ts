import type { components } from "./api.gen.js";
import { type Content, keyed, segment, split } from "./content.js";
import { objectOf } from "./exchange.js";
import { type CallOptions, type Polled, Resource } from "./resource.js";

type Schemas = components["schemas"];
type Created = Schemas["CreatedOne"]["notification"];
type Many = Schemas["CreatedMany"] | Schemas["PlannedMany"];

export interface ListQuery {
  unread?: boolean;
  archived?: boolean;
  event?: string;
  limit?: number;
  cursor?: string;
}

/** Notifications. */
export class Notifications extends Resource {
  /**
   * Record a notification for one person: `user_id`, or without it the token's own. A repeat with the same key records
   * nothing. Without `idempotency_key` and `resource_id`, the call makes a key of its own: then its retries are safe,
   * but a later call is another notification.
   */
  async create(
    notification: Content & { user_id?: string },
    options: CallOptions = {},
  ): Promise<{ notification: Created; replayed: boolean }> {
    const body = keyed(notification);
    const answer = await this.send({
      method: "POST",
      path: "/notifications",
      body,
      idempotencyKey: body.idempotency_key,
      ...options,
    });
    return { notification: objectOf<Schemas["CreatedOne"]>(answer).notification, replayed: answer.status === 200 };
  }

  /**
   * Record a notification for many people, also for more than the 1,000 of one request. Each person counts separately.
   * If the call fails, some people may have the notification already. Repeat it with the error's `idempotencyKey`, and
   * each has it once.
   */
  createMany(userIds: Iterable<string>, content: Content, options: CallOptions = {}): Promise<Schemas["CreatedMany"]> {
    return this.many("/notifications", userIds, content, options);
  }

  /** Return what `create` would record, with its routing. Nothing is kept, and the id means nothing. */
  async dryRun(notification: Content & { user_id?: string }, options: CallOptions = {}): Promise<Created> {
    const path = "/notifications?dry_run=1";
    const body = keyed(notification);
    return (await this.ask<Schemas["PlannedOne"]>("POST", path, { body, ...options })).notification;
  }

  /** Return what `createMany` would record, with each person's routing. Nothing is kept. */
  dryRunMany(userIds: Iterable<string>, content: Content, options: CallOptions = {}): Promise<Schemas["PlannedMany"]> {
    return this.many("/notifications?dry_run=1", userIds, content, options);
  }

  /** Retract a notification that this producer made. Pending deliveries are sent without it. */
  retract(id: string, options: CallOptions = {}): Promise<Schemas["Retracted"]> {
    return this.ask("DELETE", `/notifications/${segment("id", id)}`, options);
  }

  /** Retract a notification by its person and its key, which may be the derived `user:event:resource`. */
  retractByKey(userId: string, idempotencyKey: string, options: CallOptions = {}): Promise<Schemas["Retracted"]> {
    const query = new URLSearchParams({ user_id: userId, idempotency_key: idempotencyKey });
    return this.ask("DELETE", `/notifications?${query}`, options);
  }

  /** Explain for each channel why a notification was sent, or was not. */
  deliveries(id: string, options: CallOptions = {}): Promise<Schemas["NotificationDeliveries"]> {
    return this.ask("GET", `/notifications/${segment("id", id)}/deliveries`, options);
  }

  /** List the person's own notifications, newest first. `etag` is that of the answer before. */
  list(
    { unread, archived, event, limit, cursor }: ListQuery = {},
    options: CallOptions & { etag?: string | null } = {},
  ): Promise<Polled<Schemas["NotificationPage"]>> {
    const query = new URLSearchParams();
    if (unread) query.set("unread", "1");
    if (archived) query.set("archived", "1");
    if (event !== undefined) query.set("event", event);
    if (limit !== undefined) query.set("limit", String(limit));
    if (cursor !== undefined) query.set("cursor", cursor);
    return this.poll(`/notifications?${query}`, options);
  }

  /** Count the person's own unread notifications, exact up to 1,000 and capped there. */
  unreadCount(options: CallOptions & { etag?: string | null } = {}): Promise<Polled<Schemas["UnreadCount"]>> {
    return this.poll("/notifications/unread-count", options);
  }

  /** Mark one of the person's own notifications as read or unread, archived or not. */
  async mark(id: string, body: Schemas["MarkOne"], options: CallOptions = {}): Promise<Schemas["Notification"]> {
    const path = `/notifications/${segment("id", id)}`;
    return (await this.ask<Schemas["MarkedOne"]>("PATCH", path, { body, ...options })).notification;
  }

  /**
   * Mark all of the person's own notifications as read. `before` leaves those that were shown later. `undo` is the
   * `read_at` of an earlier answer: what that request marked becomes unread again.
   */
  markAll(
    { before, undo }: { before?: string; undo?: string } = {},
    options: CallOptions = {},
  ): Promise<Schemas["MarkedAll"]> {
    const body = { all: true, ...(before === undefined ? {} : { before }), ...(undo === undefined ? {} : { undo }) };
    return this.ask("PATCH", "/notifications", { body, ...options });
  }

  /** Send the requests for many people, and return their answers as one. What is not added up is the same in each. */
  private async many<T extends Many>(
    path: string,
    userIds: Iterable<string>,
    content: Content,
    options: CallOptions,
  ): Promise<T> {
    const body = keyed(content);
    const idempotencyKey = body.idempotency_key;
    const parts: T[] = [];
    for (const user_ids of split(body, userIds))
      parts.push(await this.ask<T>("POST", path, { body: { ...body, user_ids }, idempotencyKey, ...options }));
    const sum = (name: "created" | "replayed" | "conflicts") => parts.reduce((total, part) => total + part[name], 0);
    return {
      ...(parts[0] as T),
      notifications: parts.flatMap((part) => part.notifications),
      created: sum("created"),
      replayed: sum("replayed"),
      conflicts: sum("conflicts"),
    };
  }
}
