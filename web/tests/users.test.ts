import { beforeEach, describe, expect, it, vi } from "vitest";
import { Client, subject } from "../src/client";
import { tokenFrom } from "../src/token";
import { FakeApi, notification, tokenFor } from "./fake";
import { Browser, seconds, settle, titles } from "./tabs";

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
  browser.api.add(notification({ title: "For Alice" }), notification({ title: "For Bob", user_id: "bob" }));
});

describe("when the token's user changes", () => {
  it("nothing of the first user is shown to the other", async () => {
    const { tab, store } = await browser.open();
    expect(titles(store)).toEqual(["For Alice"]);
    const seen: string[][] = [];
    store.subscribe(() => seen.push(titles(store)));
    tab.user = "bob";
    await seconds(31);
    expect(store.getState()).toMatchObject({ user: "bob", unreadCount: 1 });
    expect(titles(store)).toEqual(["For Bob"]);
    expect(seen).toContainEqual([]);
    // The request carries no ETag of the other user's list.
    expect(browser.api.requests.filter(({ user }) => user === "bob").map(({ etag }) => etag)).toEqual([null]);
    expect(store.getState().news).toEqual([]);
  });

  it("a change by the first user is not sent for the other", async () => {
    const { tab, store } = await browser.open();
    tab.user = "bob";
    await store.markRead(store.getState().notifications[0]!.id);
    await settle();
    expect(browser.api.count("PATCH")).toBe(0);
    expect(titles(store)).toEqual(["For Bob"]);
    expect(store.getState().notice).toBeNull();
  });

  it("to no user, the list disappears, and returns with a user", async () => {
    const { tab, store } = await browser.open();
    tab.user = null;
    await seconds(31);
    expect(store.getState()).toMatchObject({
      user: null,
      unreadCount: null,
      notifications: [],
      problem: { status: 401, code: "signed_out" },
    });
    tab.user = "bob";
    await seconds(120);
    expect(store.getState()).toMatchObject({ user: "bob", unreadCount: 1, problem: null });
  });
});

describe("a rejected token", () => {
  it("is replaced once", async () => {
    const { api } = browser;
    const getToken = vi.fn(({ fresh }) => (fresh ? `${tokenFor("alice")}2` : tokenFor("alice")));
    api.rejected.add(tokenFor("alice"));
    const client = new Client("https://api.example.com/", getToken, () => {}, api.fetch);
    expect((await client.list("unread", {})).body!.unread_count).toBe(1);
    expect(getToken.mock.calls).toEqual([[{ fresh: false }], [{ fresh: true }]]);
  });

  it("with a rejected replacement is a problem and not a loop", async () => {
    const { api } = browser;
    const { store } = await browser.open();
    api.rejected.add(tokenFor("alice"));
    await seconds(31);
    expect(api.count()).toBe(3);
    // The list stays, because the session may only need renewal.
    expect(store.getState()).toMatchObject({ problem: { status: 401, message: "Unauthorized" }, unreadCount: 1 });
  });
});

describe("getToken", () => {
  it("may fail and is retried", async () => {
    const getToken = vi.fn(async () => tokenFor("alice")).mockRejectedValueOnce(new Error("no session yet"));
    const { store } = await browser.open({ getToken } as never);
    expect(store.getState().problem).toBeTruthy();
    await seconds(60);
    expect(store.getState()).toMatchObject({ problem: null, unreadCount: 1 });
  });
});

it("the subject is read from a token in any alphabet, and is empty for other text", () => {
  const claims = btoa(JSON.stringify({ sub: "a?~>b", name: "ÿ" }))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
  expect(subject(`x.${claims}.y`)).toBe("a?~>b");
  expect(subject("opaque")).toBe("");
  expect(subject("")).toBe("");
});

describe("a token address", () => {
  const answers = (...bodies: unknown[]) => {
    const fetch = vi.fn(async (_url: string, _init: RequestInit) => {
      const body = bodies.shift();
      return body instanceof Response ? body : new Response(JSON.stringify(body));
    });
    vi.stubGlobal("fetch", fetch);
    return fetch;
  };

  it("is requested with the person's cookies, once until a minute before the token expires", async () => {
    const fetch = answers({ token: "one", expires_in: 3600 }, { token: "two", expires_in: 3600 });
    const getToken = tokenFrom("/token");
    expect(await Promise.all([getToken({ fresh: false }), getToken({ fresh: false })])).toEqual(["one", "one"]);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(fetch.mock.calls[0]).toEqual([
      "/token",
      expect.objectContaining({ credentials: "same-origin", cache: "no-store" }),
    ]);
    vi.advanceTimersByTime(3539_000);
    expect(await getToken({ fresh: false })).toBe("one");
    vi.advanceTimersByTime(2_000);
    expect(await getToken({ fresh: false })).toBe("two");
  });

  it("is requested again if the API rejects the token", async () => {
    answers({ token: "one", expires_in: 3600 }, { token: "two", expires_in: 3600 });
    const getToken = tokenFrom("/token");
    await getToken({ fresh: false });
    expect(await getToken({ fresh: true })).toBe("two");
    expect(await getToken({ fresh: false })).toBe("two");
  });

  it("with status 401 or 403 signs out, and any other failure is a problem", async () => {
    answers(
      new Response("", { status: 401 }),
      new Response("", { status: 500 }),
      new Response("<html>", { status: 200 }),
      { expires_in: 3 },
      { token: "late", expires_in: 10 },
    );
    const getToken = tokenFrom("/token");
    expect(await getToken({ fresh: false })).toBeNull();
    await expect(getToken({ fresh: false })).rejects.toMatchObject({ status: 500, code: "no_token" });
    await expect(getToken({ fresh: false })).rejects.toMatchObject({ status: 200, code: "no_token" });
    await expect(getToken({ fresh: false })).rejects.toMatchObject({ code: "no_token" });
    expect(await getToken({ fresh: false })).toBe("late"); // after half of its ten seconds
    vi.advanceTimersByTime(4_000);
    expect(await getToken({ fresh: false })).toBe("late");
  });
});

it("errors of the gateway and of the API are both understood", async () => {
  const api = new FakeApi();
  const client = new Client(
    "https://api.example.com",
    () => tokenFor("alice"),
    () => {},
    api.fetch,
  );
  api.instead = () => api.json({ message: "Too Many Requests" }, 429, { "Retry-After": "3" });
  await expect(client.list("all", {})).rejects.toMatchObject({
    status: 429,
    message: "Too Many Requests",
    retryAfter: 3,
  });
  api.instead = () => api.json({ error: { code: "invalid", message: "title: is required" } }, 422);
  await expect(client.list("all", {})).rejects.toMatchObject({ status: 422, code: "invalid" });
  api.instead = () => new Response("<html>", { status: 502 });
  await expect(client.list("all", {})).rejects.toMatchObject({ status: 502, code: "refused" });
});
