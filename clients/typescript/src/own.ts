// The calls of a page for its own user. They know no transport, so the bell uses them with its own.
import type { components } from "./api.gen.js";
import { segment } from "./content.js";
import { type CallOptions, type Polled, Resource } from "./resource.js";

type Schemas = components["schemas"];

export interface ListQuery {
  unread?: boolean;
  archived?: boolean;
  event?: string;
  limit?: number;
  cursor?: string;
}

/** The notifications of the token's own person. */
export class OwnNotifications extends Resource {
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
}

/** The preferences of the token's own person. */
export class Preferences extends Resource {
  /** Return what applies to the person. */
  get(options: CallOptions = {}): Promise<Schemas["Preferences"]> {
    return this.ask("GET", "/preferences", options);
  }

  /** Store the preferences, whole: a field that is absent returns to the stack's default. */
  set(
    body: Schemas["NewPreferences"] | Schemas["Preferences"],
    options: CallOptions = {},
  ): Promise<Schemas["Preferences"]> {
    return this.ask("PUT", "/preferences", { body, ...options });
  }
}
