import type { components } from "./api.gen.js";

export type ErrorDetail = components["schemas"]["ErrorDetail"];

/** A call that failed. All errors of this package are of this class. */
export class CarillonError extends Error {
  /**
   * The key that a create was sent with. With it, a later repeat of the create records nothing twice. Null if the
   * request carried no key.
   */
  idempotencyKey: string | null = null;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No answer came: the connection failed, was lost, or was too slow. Carillon may have done the work. */
export class TransportError extends CarillonError {}

/** The answer took longer than `timeout`. */
export class ConnectionTimeout extends TransportError {}

/** The token endpoint refused the client credentials, or answered no token. */
export class TokenError extends CarillonError {
  /** The HTTP status of the token endpoint. */
  readonly status: number;
  /** The error code of OAuth 2.0, such as `invalid_client`, or null. */
  readonly code: string | null;

  constructor(message: string, status: number, code: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The parts of an error that the API answered. */
export interface ApiErrorParts {
  status: number;
  /** The stable code (docs/errors.md). `refused`: the gateway answered without one. `no_json`: another server did. */
  code: string;
  /** A sentence for people. */
  reason: string;
  /** The fields that are wrong, and why. */
  details: ErrorDetail[];
  /** The id of the request in the logs of the stack. */
  requestId: string | null;
  /** The section about the code, relative to the repository of Carillon. */
  docs: string | null;
  /** Seconds to wait before the next try. */
  retryAfter: number | null;
  /** With `idempotency_key_reused`: the notification that has the key. */
  notificationId: string | null;
}

/** An answer that is an error. */
export class ApiError extends CarillonError {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly details: ErrorDetail[];
  readonly requestId: string | null;
  readonly docs: string | null;
  readonly retryAfter: number | null;
  readonly notificationId: string | null;

  constructor(parts: ApiErrorParts) {
    super(`${parts.status} ${parts.code}: ${parts.reason}`);
    this.status = parts.status;
    this.code = parts.code;
    this.reason = parts.reason;
    this.details = parts.details;
    this.requestId = parts.requestId;
    this.docs = parts.docs;
    this.retryAfter = parts.retryAfter;
    this.notificationId = parts.notificationId;
  }
}

/** The request breaks a rule (400, 413, 415, 422). `details` names the fields. */
export class InvalidRequest extends ApiError {}
/** The idempotency key belongs to a notification with other content: `notificationId`. */
export class KeyReused extends InvalidRequest {}
/** The token is not accepted (401), and a new one was not either. */
export class Unauthorized extends ApiError {}
/** The token lacks the scope that the call needs (403). */
export class Forbidden extends ApiError {}
/** It does not exist, or the caller may not see it (404). */
export class NotFound extends ApiError {}
/** Too many requests (429), still after all retries. */
export class RateLimited extends ApiError {}
/** A fault of the service (5xx). */
export class ServerError extends ApiError {}
/** The service does not answer now (502, 503, 504), still after all retries. */
export class Unavailable extends ServerError {}

const BY_STATUS: Record<number, typeof ApiError> = {
  400: InvalidRequest,
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  413: InvalidRequest,
  415: InvalidRequest,
  422: InvalidRequest,
  429: RateLimited,
  502: Unavailable,
  503: Unavailable,
  504: Unavailable,
};

/** Return the error of an answer. The gateway's own errors have the form `{"message"}`. */
export function errorOf(status: number, headers: Headers, body: unknown, retryAfter: number | null): ApiError {
  const { error: given, message } = (body ?? {}) as { error?: unknown; message?: unknown };
  const error = (given && typeof given === "object" ? given : {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === "string" && value ? value : null);
  const code = text(error.code) ?? "refused";
  const Kind =
    code === "idempotency_key_reused" ? KeyReused : (BY_STATUS[status] ?? (status >= 500 ? ServerError : ApiError));
  return new Kind({
    status,
    code,
    reason: text(error.message) ?? text(message) ?? "no reason given",
    details: Array.isArray(error.details) ? error.details : [],
    requestId: text(error.request_id) ?? headers.get("apigw-requestid") ?? headers.get("x-amzn-requestid"),
    docs: text(error.docs),
    retryAfter,
    notificationId: text(error.notification_id),
  });
}
