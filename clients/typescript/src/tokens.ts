import { TokenError } from "./errors.js";
import type { Exchange } from "./exchange.js";
import type { Answer } from "./resource.js";

/** What the token endpoint of an OpenID provider needs to issue a token to a backend (RFC 6749, section 4.4). */
export interface ClientCredentials {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** The scopes, separated by spaces. Without it, `carillon/send`. */
  scope?: string;
  /** Further form fields, such as `{ audience: … }` for Auth0. */
  parameters?: Record<string, string>;
  /** `basic` (the default) sends id and secret in the header `Authorization`, `post` in the form. */
  auth?: "basic" | "post";
}

/** Returns a token. `fresh` means that the API refused the last one: return another one. */
export type GetToken = (options: { fresh: boolean }) => string | Promise<string>;

const LEEWAY = 60; // seconds before its end at which a token is renewed, and at most a tenth of its life
const UNKNOWN_LIFE = 300; // seconds, if the endpoint names no `expires_in`

/** Return a function that returns a token. `stale` is a token that the API refused: another one is wanted. */
export function tokensOf(
  token: string | GetToken | ClientCredentials,
  exchange: Exchange,
): (stale?: string) => Promise<string> {
  if (typeof token === "string") return async () => token;
  if (typeof token === "function") return async (stale) => token({ fresh: stale !== undefined });
  let kept: { text: string; renewAt: number } | null = null;
  let pending: Promise<string> | null = null;
  const request = async () => {
    const requestedAt = performance.now() / 1000;
    const { text, life } = read(await exchange.send(prepare(token), undefined, refused));
    kept = { text, renewAt: requestedAt + life - Math.min(LEEWAY, life / 10) };
    return text;
  };
  return async (stale) => {
    if (kept && kept.text !== stale && performance.now() / 1000 < kept.renewAt) return kept.text;
    // All callers that come meanwhile wait for the same request.
    pending ??= request().finally(() => {
      pending = null;
    });
    return pending;
  };
}

function prepare({ tokenUrl, clientId, clientSecret, scope, parameters, auth }: ClientCredentials) {
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scope !== "") form.set("scope", scope ?? "carillon/send");
  for (const [name, value] of Object.entries(parameters ?? {})) form.set(name, value);
  const headers: Record<string, string> = {
    Accept: "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
  };
  if (auth === "post") {
    form.set("client_id", clientId);
    form.set("client_secret", clientSecret);
  } else headers.Authorization = `Basic ${btoa(`${encode(clientId)}:${encode(clientSecret)}`)}`;
  return { method: "POST", url: tokenUrl, headers, body: form.toString() };
}

/** Return a text in the encoding of forms, which RFC 6749, section 2.3.1, asks for. */
function encode(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

function read(answer: Answer): { text: string; life: number } {
  const { access_token: text, expires_in } = (answer.body ?? {}) as { access_token?: unknown; expires_in?: unknown };
  if (typeof text !== "string" || !text)
    throw new TokenError("the token endpoint answered no access_token", answer.status);
  return { text, life: Number(expires_in) || UNKNOWN_LIFE };
}

function refused({ status, body }: Answer): TokenError {
  const { error, error_description } = (body ?? {}) as { error?: unknown; error_description?: unknown };
  const code = typeof error === "string" ? error : null;
  const reason = typeof error_description === "string" ? error_description : (code ?? "no reason given");
  return new TokenError(`the token endpoint answered ${status}: ${reason}`, status, code);
}
