import { Client, type ClientOptions } from "../src/index.js";

/** A request as the fake `fetch` saw it. */
export interface Seen {
  method: string;
  url: URL;
  headers: Headers;
  body: unknown;
}

/** An answer, or an error for a connection that failed. */
export type Reply = { status?: number; body?: unknown; text?: string; headers?: Record<string, string> } | Error;

/** Return a client on a fake `fetch`, and the requests that it made. Without a `reply`, each answer is `{}`. */
export function fake(reply: (seen: Seen, count: number) => Reply = () => ({}), options: Partial<ClientOptions> = {}) {
  const requests: Seen[] = [];
  const fetcher = async (input: unknown, init?: RequestInit) => {
    const body = typeof init?.body === "string" ? init.body : null;
    const headers = new Headers(init?.headers);
    const json = headers.get("Content-Type") === "application/json";
    const seen = {
      method: init?.method ?? "GET",
      url: new URL(String(input)),
      headers,
      body: json ? JSON.parse(body!) : body,
    };
    requests.push(seen);
    init?.signal?.throwIfAborted();
    const answer = reply(seen, requests.length);
    if (answer instanceof Error) throw answer;
    const { status = 200, body: content = {}, text, headers: given = {} } = answer;
    return new Response([204, 304].includes(status) ? null : (text ?? JSON.stringify(content)), {
      status,
      headers: given,
    });
  };
  const client = new Client({
    baseUrl: "https://api.example.com",
    token: "t",
    fetch: fetcher as typeof fetch,
    ...options,
  });
  return { client, requests };
}
