import type { components } from "./api.gen.js";
import { type Content, keyed, segment, split } from "./content.js";
import { OwnNotifications } from "./own.js";
import type { CallOptions } from "./resource.js";

type Schemas = components["schemas"];
type Created = Schemas["CreatedOne"]["notification"];
type Many = Schemas["CreatedMany"] | Schemas["PlannedMany"];

/** Notifications: what producers do with them, and what a person does with their own. */
export class Notifications extends OwnNotifications {
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
    return { notification: (answer.body as Schemas["CreatedOne"]).notification, replayed: answer.status === 200 };
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
