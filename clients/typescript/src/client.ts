import { CarillonError, Unauthorized } from "./errors.js";
import { Exchange, requireObject } from "./exchange.js";
import { Notifications } from "./notifications.js";
import { Preferences } from "./own.js";
import { Devices, Recipients } from "./people.js";
import type { Answer, Request } from "./resource.js";
import { RETRY, type Retry } from "./retry.js";
import { type ClientCredentials, type GetToken, tokensOf } from "./tokens.js";
import { VERSION } from "./version.js";

export interface ClientOptions {
  /** The address of the API: https, except on this machine. */
  baseUrl: string;
  /** Client credentials (only in a backend), a token, or a function that returns one before each request. */
  token: string | GetToken | ClientCredentials;
  /** Seconds for each attempt. */
  timeout?: number;
  /** When to repeat a request. */
  retry?: Partial<Retry>;
  /** Another `fetch`, such as that of a test. */
  fetch?: typeof fetch;
  /** The name of a backend, put before that of this package. Browsers send their own. */
  userAgent?: string;
}

/**
 * A client of Carillon's HTTP API, for backends and for pages. One client serves the whole application: it keeps the
 * token.
 */
export class Client {
  /** Recording, retracting and explaining notifications; for a person also listing and marking their own. */
  readonly notifications: Notifications;
  /** The contact data and the preferences of people, and erasing them. */
  readonly recipients: Recipients;
  /** The preferences of the token's own person. */
  readonly preferences: Preferences;
  /** The push devices of the token's own person. */
  readonly devices: Devices;
  private readonly baseUrl: string;
  private readonly exchange: Exchange;
  private readonly tokens: (stale?: string) => Promise<string>;
  private readonly agent: Record<string, string>;

  constructor({ baseUrl, token, timeout = 10, retry, fetch: fetcher, userAgent }: ClientOptions) {
    this.baseUrl = checked(baseUrl);
    this.exchange = new Exchange(fetcher ?? ((...given) => fetch(...given)), { ...RETRY, ...retry }, timeout);
    this.tokens = tokensOf(token, this.exchange);
    this.agent = agentOf(userAgent);
    const send = this.send.bind(this);
    this.notifications = new Notifications(send);
    this.recipients = new Recipients(send);
    this.preferences = new Preferences(send);
    this.devices = new Devices(send);
  }

  /** Resolve if the API and its database answer. No token is sent. */
  async health(signal?: AbortSignal): Promise<void> {
    requireObject(await this.exchange.send(this.prepare({ method: "GET", path: "/health" }), signal));
  }

  /** Return the answer to a request. Its body is an object, but for the statuses that have none. */
  private async send(request: Request): Promise<Answer> {
    try {
      const answer = await this.authorized(request);
      const empty = answer.status === 204 ? request.method === "DELETE" : answer.status === 304 && !!request.etag;
      if (!empty) requireObject(answer);
      return answer;
    } catch (error) {
      if (error instanceof CarillonError) error.idempotencyKey = request.idempotencyKey ?? null;
      throw error;
    }
  }

  /** Return the answer to a request. If the token was refused, try once with another one. */
  private async authorized(request: Request): Promise<Answer> {
    const token = await this.tokens();
    try {
      return await this.exchange.send(this.prepare(request, token), request.signal);
    } catch (error) {
      if (!(error instanceof Unauthorized)) throw error;
      const renewed = await this.tokens(token);
      if (renewed === token) throw error;
      return await this.exchange.send(this.prepare(request, renewed), request.signal);
    }
  }

  private prepare({ method, path, body, etag }: Request, token?: string) {
    const headers: Record<string, string> = { Accept: "application/json", ...this.agent };
    if (token !== undefined) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (etag) headers["If-None-Match"] = etag;
    return { method, url: this.baseUrl + path, headers, body: body === undefined ? undefined : JSON.stringify(body) };
  }
}

/** Return an address without a slash at its end. Throw an error if a token would travel in the clear. */
function checked(address: string): string {
  const { protocol, hostname } = new URL(address);
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && here))
    throw new RangeError("baseUrl must begin with https://, or name this machine");
  return address.replace(/\/+$/, "");
}

/** Return the header that names the client. In a browser it is empty: another header would need a CORS rule. */
function agentOf(userAgent: string | undefined): Record<string, string> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  const node = process?.versions?.node;
  return node ? { "User-Agent": `${userAgent ? `${userAgent} ` : ""}carillon-client/${VERSION} node/${node}` } : {};
}
