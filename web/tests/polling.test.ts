import { beforeEach, describe, expect, it, vi } from "vitest";
import { notification } from "./fake";
import { Browser, seconds, settle, titles } from "./tabs";

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  browser = new Browser();
  browser.api.add(notification({ title: "First" }));
});

describe("a visible tab", () => {
  it("polls once at the start and then every 30 seconds, with its ETag", async () => {
    const { store } = await browser.open();
    expect(browser.api.requests.map(({ path, etag }) => [path, etag])).toEqual([["/notifications?unread=1", null]]);
    expect(store.getState()).toMatchObject({ unreadCount: 1, user: "alice", loading: false });
    await seconds(29);
    expect(browser.api.count()).toBe(1);
    await seconds(2);
    expect(browser.api.count()).toBe(2);
    expect(browser.api.requests[1]!.etag).toMatch(/^"/);
    await seconds(31);
    expect(browser.api.count()).toBe(3);
  });

  it("keeps list and count if nothing changed", async () => {
    const { store } = await browser.open();
    await seconds(31);
    expect(browser.api.requests[1]!.etag).not.toBeNull();
    expect(titles(store)).toEqual(["First"]);
    expect(store.getState().unreadCount).toBe(1);
  });

  it("shows new notifications with the count of the same answer", async () => {
    const { store } = await browser.open();
    browser.api.add(notification({ title: "Second" }));
    await seconds(31);
    expect(titles(store)).toEqual(["Second", "First"]);
    expect(store.getState().unreadCount).toBe(2);
    expect(store.getState().news.map(({ title }) => title)).toEqual(["Second"]);
  });

  it("uses the server's poll interval", async () => {
    browser.api.headers = { "Carillon-Poll-Interval": "120" };
    await browser.open();
    await seconds(119);
    expect(browser.api.count()).toBe(1);
    await seconds(3);
    expect(browser.api.count()).toBe(2);
  });

  it("polls at most every 5 seconds", async () => {
    browser.api.headers = { "Carillon-Poll-Interval": "1" };
    await browser.open();
    await seconds(4);
    expect(browser.api.count()).toBe(1);
  });

  it("stops after its last listener, and starts again for the next", async () => {
    const { store, stop } = await browser.open();
    stop();
    await seconds(300);
    expect(browser.api.count()).toBe(1);
    store.subscribe(() => {});
    await seconds(1);
    expect(browser.api.count()).toBe(2);
  });

  it("starts again if it was stopped before the first answer", async () => {
    let answer = (_: undefined) => {};
    browser.api.instead = () => new Promise((resolve) => (answer = resolve));
    const { store, stop } = await browser.open();
    stop();
    browser.api.instead = () => undefined;
    answer(undefined);
    store.subscribe(() => {});
    await seconds(1);
    expect(store.getState().unreadCount).toBe(1);
  });
});

describe("errors", () => {
  it("keep list and count, and are reported", async () => {
    const { store } = await browser.open();
    browser.api.instead = () => browser.api.json({ message: "Service Unavailable" }, 503);
    await seconds(31);
    expect(store.getState()).toMatchObject({ unreadCount: 1, problem: { status: 503 } });
    expect(titles(store)).toEqual(["First"]);
    browser.api.instead = () => undefined;
    await store.refresh();
    expect(store.getState().problem).toBeNull();
  });

  it("are retried later each time", async () => {
    browser.api.instead = () => browser.api.json({}, 500);
    await browser.open(); // Math.random is 0.5, so the waits are 30 s, 60 s, 120 s …
    await seconds(31);
    expect(browser.api.count()).toBe(2);
    await seconds(58);
    expect(browser.api.count()).toBe(2);
    await seconds(4);
    expect(browser.api.count()).toBe(3);
    await seconds(116);
    expect(browser.api.count()).toBe(3);
    await seconds(6);
    expect(browser.api.count()).toBe(4);
    await seconds(3600);
    expect(browser.api.count()).toBeLessThan(12); // at most 15 minutes apart
    expect(browser.api.count()).toBeGreaterThan(8);
  });

  it("are not all retried at the same moment", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.99);
    browser.api.instead = () => browser.api.json({}, 500);
    await browser.open();
    await seconds(40);
    expect(browser.api.count()).toBe(1);
    await seconds(6);
    expect(browser.api.count()).toBe(2);
  });

  it("wait as long as Retry-After says", async () => {
    browser.api.instead = () =>
      browser.api.json({ error: { code: "unavailable", message: "…" } }, 503, { "Retry-After": "200" });
    const { store } = await browser.open();
    expect(store.getState().problem).toMatchObject({ code: "unavailable", retryAfter: 200 });
    await seconds(199);
    expect(browser.api.count()).toBe(1);
    await seconds(50);
    expect(browser.api.count()).toBe(2);
  });

  it("wait for at most an hour, even if the server asks for more", async () => {
    browser.api.instead = () => browser.api.json({}, 429, { "Retry-After": String(30 * 24 * 3600) });
    await browser.open();
    await seconds(3590);
    expect(browser.api.count()).toBe(1);
    await seconds(20);
    expect(browser.api.count()).toBe(2);
  });

  it("of a hidden tab wait until it is visible", async () => {
    browser.api.instead = () => browser.api.json({}, 503);
    const { tab } = await browser.open();
    await tab.turn(false);
    await tab.tell("online");
    expect(browser.api.count()).toBe(1);
    await tab.turn(true);
    expect(browser.api.count()).toBe(2);
  });

  it("of the application's own getToken wait like others", async () => {
    let calls = 0;
    const { store } = await browser.open({
      getToken: () => {
        calls += 1;
        throw new Error("The session endpoint is down");
      },
    });
    expect(store.getState().problem).toMatchObject({ status: 0, code: "unexpected" });
    await seconds(14);
    expect(calls).toBe(1);
    await seconds(60);
    expect(calls).toBe(2);
  });

  it("include answers that the API never gives", async () => {
    browser.api.instead = () => new Response("<!doctype html>", { headers: { "Content-Type": "text/html" } });
    const { store } = await browser.open();
    expect(store.getState().problem).toMatchObject({ status: 200, code: "no_json" });
    browser.api.instead = () => browser.api.json({ message: "another service" });
    await seconds(50);
    expect(store.getState().problem).toMatchObject({ status: 0, code: "unexpected" });
    const before = browser.api.count();
    await seconds(14);
    expect(browser.api.count()).toBe(before);
    browser.api.instead = () => undefined;
    await seconds(200);
    expect(store.getState()).toMatchObject({ problem: null, unreadCount: 1 });
  });

  it("are retried at once when the network is back", async () => {
    browser.api.instead = () => Promise.reject(new TypeError("Failed to fetch"));
    const { tab, store } = await browser.open();
    expect(store.getState().problem).toMatchObject({ status: 0, code: "no_answer" });
    await seconds(100);
    browser.api.instead = () => undefined;
    await tab.tell("online");
    expect(store.getState()).toMatchObject({ problem: null, unreadCount: 1 });
  });
});

describe("late answers", () => {
  it("are ignored after the answer to a later request", async () => {
    const late: ((response: Response) => void)[] = [];
    browser.api.answersAll = true;
    const { store } = await browser.open();
    browser.api.instead = () => new Promise((resolve) => late.push(resolve as never));
    const first = store.refresh();
    await settle();
    browser.api.instead = () => undefined;
    browser.api.add(notification({ title: "Second" }));
    await store.refresh();
    late[0]!(browser.api.json({ notifications: [], next_cursor: null, unread_count: 0 }));
    await first;
    expect(store.getState().unreadCount).toBe(2);
    expect(titles(store)).toEqual(["Second", "First"]);
  });

  it("of a former view do not show in another view", async () => {
    const { store } = await browser.open();
    browser.api.add(notification({ title: "Old", archived_at: new Date().toISOString() }));
    store.open();
    store.setView("archived");
    store.setView("all");
    await seconds(1);
    expect(store.getState().view).toBe("all");
    expect(titles(store)).toEqual(["First"]);
    store.setView("archived");
    await seconds(1);
    expect(titles(store)).toEqual(["Old"]);
    expect(store.getState().unreadCount).toBe(1);
  });
});
