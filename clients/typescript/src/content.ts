import type { components } from "./api.gen.js";

type Schemas = components["schemas"];

/** The fields of a notification but its recipients. The limits are in docs/api.md, "POST /notifications". */
export type Content = Optional<Omit<Schemas["NewNotification"], "user_id" | "user_ids">, "severity">;
type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

export const MAX_RECIPIENTS = 1_000;
const MAX_BODY = 256 * 1024; // bytes, of `POST /notifications`

/** Return content with an idempotency key, if neither a key nor a derived one is there. */
export function keyed<T extends Content>(content: T): T {
  if (content.idempotency_key != null || content.resource_id != null) return content;
  return { ...content, idempotency_key: crypto.randomUUID() };
}

/**
 * Yield the recipients of each request, within the limits of recipients and bytes. All requests have the same content
 * and the same key. A key counts for each person alone, so a repeat of the whole is recorded once, also in another
 * order. A person who is named twice counts once.
 */
export function* split(content: Content, userIds: Iterable<string>): Generator<string[]> {
  if (typeof userIds === "string") throw new TypeError("userIds is a list of ids, not one id");
  const room = MAX_BODY - bytes({ ...content, user_ids: [] });
  let part: string[] = [];
  let size = 0;
  for (const userId of new Set(userIds)) {
    const more = bytes(userId) + 1; // with the comma
    if (part.length === MAX_RECIPIENTS || (part.length > 0 && size + more > room)) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(userId);
    size += more;
  }
  yield part;
}

/**
 * Return a value as one segment of a path. API Gateway decodes a path and cuts it at a `?`, so some ids would name
 * another person or another route (docs/api.md, "Ids of people"). These are refused.
 */
export function segment(name: string, value: string): string {
  const dots = value.split("/").some((part) => part === "." || part === "..");
  if (!value || dots || /[?#]/.test(value) || value.endsWith("/preferences"))
    throw new RangeError(`${name}: a path cannot name ${JSON.stringify(value)}`);
  return encodeURIComponent(value);
}

function bytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
