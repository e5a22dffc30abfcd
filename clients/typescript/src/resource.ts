/** An answer. `body` is what its JSON says, or undefined if it has none. */
export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** A request to a path of the API. */
export interface Request {
  method: string;
  path: string;
  body?: unknown;
  etag?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
  signal?: AbortSignal | undefined;
}

/** Sends a request. The body of its answer is an object, but for the statuses 204 and 304. Throws if it has no success. */
export type Send = (request: Request) => Promise<Answer>;

/** `signal` ends a call, also while it waits for its next attempt. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** An answer that may be polled. `body` is null if nothing has changed since `etag`. */
export interface Polled<T> {
  body: T | null;
  etag: string | null;
  /** Seconds to wait before the next poll, or 0 if the stack names none. */
  pollSeconds: number;
}

/** The calls below one path of the API. */
export class Resource {
  protected readonly send: Send;

  constructor(send: Send) {
    this.send = send;
  }

  protected async ask<T>(method: string, path: string, options: Omit<Request, "method" | "path"> = {}): Promise<T> {
    return (await this.send({ method, path, ...options })).body as T;
  }

  protected async poll<T>(path: string, options: CallOptions & { etag?: string | null }): Promise<Polled<T>> {
    const answer = await this.send({ method: "GET", path, ...options });
    const pollSeconds = Math.max(0, Number(answer.headers.get("Carillon-Poll-Interval")) || 0);
    const body = answer.status === 304 ? null : (answer.body as T);
    return { body, etag: answer.headers.get("ETag"), pollSeconds };
  }
}
