// A refused origin and a dead service look the same to `fetch`; the bell tells them apart where the browser allows it.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client } from "../src/client";
import { tokenFrom } from "../src/token";
import { unanswered } from "../src/unanswered";
import { tokenFor } from "./fake";

const REFUSED = new TypeError("Failed to fetch");
let said: string[];

beforeEach(() => {
  said = [];
  vi.spyOn(console, "error").mockImplementation((text) => said.push(text));
});
afterEach(() => vi.unstubAllGlobals());

/** A server that answers, but lets the page read nothing. */
const refusing = vi.fn((_: RequestInfo | URL, init?: RequestInit) =>
  init?.mode === "no-cors" ? Promise.resolve(new Response()) : Promise.reject(REFUSED),
);
const client = (apiUrl: string, fetcher: typeof fetch) =>
  new Client(
    apiUrl,
    () => tokenFor("alice"),
    () => {},
    fetcher,
  );

describe("an API that refuses the page's origin", () => {
  it("is told from a dead one, and the console says once what to set", async () => {
    const api = client("http://refusing.test/", refusing);
    for (const _ of [1, 2])
      await expect(api.list("all", {})).rejects.toMatchObject({ status: 0, code: "origin_refused" });
    expect(refusing.mock.calls.filter(([, init]) => init?.mode === "no-cors").map(([url]) => url)).toEqual([
      "http://refusing.test/health",
      "http://refusing.test/health",
    ]);
    expect(said).toEqual([
      `Carillon: http://refusing.test/health answers, but not to pages of ${location.origin} (CORS). ` +
        `Add this origin to the stack's AllowedOrigins. On the devstack: make run origins=${location.origin}`,
    ]);
  });

  it("is told by an address for tokens, too", async () => {
    vi.stubGlobal("fetch", refusing);
    const getToken = tokenFrom("http://tokens.test/token?user=alice");
    await expect(getToken({ fresh: false })).rejects.toMatchObject({ code: "origin_refused" });
    expect(said).toHaveLength(1);
  });
});

describe("an API that does not answer", () => {
  it("refuses nothing", async () => {
    const api = client("http://dead.test", () => Promise.reject(REFUSED));
    await expect(api.list("all", {})).rejects.toMatchObject({ code: "no_answer" });
    expect(said).toEqual([]);
  });

  it("is not probed if it has answered this page before", async () => {
    const fetcher = vi.fn<typeof fetch>().mockResolvedValueOnce(Response.json({}));
    const api = client("http://sometimes.test", fetcher);
    await api.list("all", {});
    fetcher.mockRejectedValue(REFUSED);
    await expect(api.list("all", {})).rejects.toMatchObject({ code: "no_answer" });
    expect(fetcher).toHaveBeenCalledTimes(2);
  });
});

it("neither the page's own server nor an aborted request is probed", async () => {
  const fetcher = vi.fn<typeof fetch>();
  expect(await unanswered(REFUSED, "/notifications/token", fetcher)).toBe("no_answer");
  expect(await unanswered(new DOMException("", "AbortError"), "http://refusing.test", fetcher)).toBe("no_answer");
  expect(fetcher).not.toHaveBeenCalled();
});
