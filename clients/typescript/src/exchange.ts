import { type ApiError, CarillonError, ConnectionTimeout, errorOf, TransportError } from "./errors.js";
import type { Answer } from "./resource.js";
import { RETRIED, type Retry, readRetryAfter, sleep, waitAfter } from "./retry.js";

/** A request as it is sent. */
export interface Prepared {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

/** Makes the error of an answer without success. */
export type Refused = (answer: Answer) => CarillonError;

/** Sends requests, and repeats those that may succeed later. */
export class Exchange {
  private readonly fetch: typeof fetch;
  private readonly retry: Retry;
  private readonly timeout: number;

  constructor(fetcher: typeof fetch, retry: Retry, timeout: number) {
    this.fetch = fetcher;
    this.retry = retry;
    this.timeout = timeout;
  }

  /** Return the answer to a request, or throw the error of the last attempt. */
  async send(request: Prepared, signal?: AbortSignal, refused: Refused = refusedByApi): Promise<Answer> {
    const began = performance.now();
    for (let attempt = 1; ; attempt++) {
      const result = await this.attempt(request, signal);
      let failure: CarillonError;
      let retryAfter: number | null = null;
      if (result instanceof CarillonError) failure = result;
      else if (result.status < 300 || result.status === 304) return result;
      else {
        failure = refused(result);
        if (!RETRIED.has(result.status)) throw failure;
        retryAfter = readRetryAfter(result.headers);
      }
      const wait = waitAfter(this.retry, attempt, (performance.now() - began) / 1000, retryAfter);
      if (wait === null) throw failure;
      await sleep(wait, signal);
    }
  }

  private async attempt(request: Prepared, signal?: AbortSignal): Promise<Answer | TransportError> {
    const timeout = AbortSignal.timeout(this.timeout * 1000);
    try {
      const response = await this.fetch(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        cache: "no-store",
        redirect: "manual", // a token goes to no other address
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parse(text) };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const Kind = timeout.aborted ? ConnectionTimeout : TransportError;
      return new Kind(`no answer from ${new URL(request.url).host}: ${String(error)}`, { cause: error });
    }
  }
}

/** Throw an error if the body is no object: if another server answered, such as a proxy with its page. */
export function requireObject({ status, headers, body }: Answer): void {
  if (body && typeof body === "object") return;
  const error = { code: "no_json", message: "the answer is not an object in JSON; is the address the API's?" };
  throw errorOf(status, headers, { error }, null);
}

function refusedByApi({ status, headers, body }: Answer): ApiError {
  return errorOf(status, headers, body, readRetryAfter(headers));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
