/**
 * When to repeat a request. Only connection errors and the statuses 429, 502, 503 and 504 are repeated. The wait before
 * attempt n is random between 0 and `base * 2 ** (n - 2)` ("full jitter"). The seconds of `Retry-After` are added.
 */
export interface Retry {
  /** How often a request is sent in all. 1 switches retries off. */
  attempts: number;
  /** The longest first wait, in seconds. */
  base: number;
  /** The longest wait without a `Retry-After`, in seconds. */
  longest: number;
  /** No attempt begins later than so many seconds after the first. */
  within: number;
}

export const RETRY: Retry = { attempts: 5, base: 0.5, longest: 20, within: 60 };
export const RETRIED = new Set([429, 502, 503, 504]);

/** Return the seconds to wait after attempt `attempt`, or null to give up. `elapsed` has seconds since the first. */
export function waitAfter(retry: Retry, attempt: number, elapsed: number, retryAfter: number | null): number | null {
  if (attempt >= retry.attempts) return null;
  const jitter = Math.random() * Math.min(retry.longest, retry.base * 2 ** (attempt - 1));
  const seconds = jitter + (retryAfter ?? 0);
  return elapsed + seconds <= retry.within ? seconds : null;
}

/** Return the seconds that `Retry-After` names, as a number or a date (RFC 9110, section 10.2.3), or null. */
export function readRetryAfter(headers: Headers): number | null {
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  const moment = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(moment) ? null : Math.max(0, (moment - Date.now()) / 1000);
}

/** Wait, or reject with the reason of the signal. */
export function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, seconds * 1000);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}
