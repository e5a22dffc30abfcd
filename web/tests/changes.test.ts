import { beforeEach, describe, expect, it, vi } from "vitest";
import { type ApiRequest, notification } from "./fake";
import { Browser, seconds, settle, titles } from "./tabs";

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
  for (let age = 3; age > 0; age--) browser.api.add(notification({ title: `${age}`, age }));
});

/** Delay the answers to changes until the test releases them. */
function hold() {
  const releases: (() => void)[] = [];
  browser.api.instead = ({ method }: ApiRequest) =>
    method === "PATCH" ? new Promise((resolve) => releases.push(() => resolve(undefined))) : undefined;
  return async () => {
    releases.shift()!();
    await settle();
  };
}

const read = (store: Awaited<ReturnType<Browser["open"]>>["store"]) =>
  store.getState().notifications.map(({ read_at }) => read_at !== null);

describe("marking one", () => {
  it("shows at once, and the count comes with the server's list", async () => {
    const { store } = await browser.open();
    const go = hold();
    const done = store.markRead(store.getState().notifications[0]!.id);
    await settle();
    expect(read(store)).toEqual([true, false, false]);
    expect(store.getState().unreadCount).toBe(3);
    await go();
    await done;
    expect(read(store)).toEqual([true, false, false]);
    expect(store.getState().unreadCount).toBe(2);
    expect(browser.api.requests.slice(-2).map(({ method, body }) => [method, body])).toEqual([
      ["PATCH", { read: true }],
      ["GET", null],
    ]);
  });

  it("as unread works the same way", async () => {
    const { store } = await browser.open();
    const { id } = store.getState().notifications[1]!;
    await store.markRead(id);
    expect(store.getState().unreadCount).toBe(2);
    await store.markRead(id, false);
    expect(read(store)).toEqual([false, false, false]);
    expect(store.getState().unreadCount).toBe(3);
  });

  it("a list that was requested before two changes does not undo the first", async () => {
    browser.api.answersAll = true;
    const { store } = await browser.open();
    const before = { notifications: [...store.getState().notifications], next_cursor: null, unread_count: 3 };
    let answer = (_: Response) => {};
    browser.api.instead = () => new Promise((resolve) => (answer = resolve));
    void store.refresh();
    await settle();
    const late = answer;
    const go = hold();
    for (const { id } of before.notifications.slice(0, 2)) void store.markRead(id);
    await settle();
    await go(); // the first is confirmed, the second is pending
    late(browser.api.json(before));
    await settle();
    expect(read(store)).toEqual([true, true, false]);
    await go();
    expect(read(store)).toEqual([true, true, false]);
    expect(store.getState().unreadCount).toBe(1);
  });

  it("that is already read sends no request", async () => {
    const { store } = await browser.open();
    const { id } = store.getState().notifications[1]!;
    await store.markRead(id);
    await store.markRead(id);
    expect(browser.api.count("PATCH")).toBe(1);
  });

  it("is undone with a notice if the server rejects it", async () => {
    const { store } = await browser.open();
    browser.api.instead = ({ method }) => (method === "PATCH" ? browser.api.json({}, 500) : undefined);
    await store.markRead(store.getState().notifications[0]!.id);
    expect(read(store)).toEqual([false, false, false]);
    expect(store.getState()).toMatchObject({ unreadCount: 3, notice: { kind: "failed", problem: { status: 500 } } });
  });

  it("a list that was requested before does not undo it", async () => {
    browser.api.answersAll = true;
    const { store } = await browser.open();
    let answer = (_: Response) => {};
    const before = { notifications: [...store.getState().notifications], next_cursor: null, unread_count: 3 };
    browser.api.instead = ({ method }) => (method === "GET" ? new Promise((resolve) => (answer = resolve)) : undefined);
    void store.refresh();
    await settle();
    const late = answer;
    browser.api.instead = () => undefined;
    await store.markRead(store.getState().notifications[0]!.id);
    late(browser.api.json(before));
    await settle();
    expect(read(store)).toEqual([true, false, false]);
    expect(store.getState().unreadCount).toBe(2);
  });

  it("twice in a row reaches the server in order", async () => {
    const { store } = await browser.open();
    const { id } = store.getState().notifications[0]!;
    const go = hold();
    void store.markRead(id);
    void store.markRead(id, false);
    await settle();
    expect(read(store)[0]).toBe(false);
    expect(browser.api.count("PATCH")).toBe(1);
    await go();
    expect(read(store)[0]).toBe(false);
    await go();
    expect(browser.api.requests.filter(({ method }) => method === "PATCH").map(({ body }) => body)).toEqual([
      { read: true },
      { read: false },
    ]);
    expect(store.getState().unreadCount).toBe(3);
    expect(browser.api.count()).toBe(2); // one request for the list after the last change
  });

  it("keeps the notification in the view until the view is opened again", async () => {
    const { store } = await browser.open();
    store.open();
    await settle();
    await store.markRead(store.getState().notifications[0]!.id);
    await seconds(61);
    expect(titles(store)).toEqual(["1", "2", "3"]);
    store.close();
    store.open();
    await settle();
    expect(titles(store)).toEqual(["2", "3"]);
  });
});

describe("marking all", () => {
  it("names the newest shown one to the microsecond, and a later one stays unread", async () => {
    const { store } = await browser.open();
    const newest = store.getState().notifications[0]!;
    browser.api.add(notification({ title: "Meanwhile" }));
    await store.markAllRead();
    expect(browser.api.requests.find(({ method }) => method === "PATCH")!.body).toEqual({
      all: true,
      before: newest.created_at,
    });
    expect(store.getState().unreadCount).toBe(1);
    expect(store.getState().notifications.map(({ title, read_at }) => [title, !!read_at])).toEqual([
      ["Meanwhile", false],
      ["1", true],
      ["2", true],
      ["3", true],
    ]);
  });

  it("uses the send time of a scheduled notification", async () => {
    const now = new Date().toISOString().replace(/\.\d+/, "");
    browser.api.add(notification({ title: "Reminder", created_at: "2020-01-01T00:00:00.5Z", send_at: now }));
    const { store } = await browser.open();
    await store.markAllRead();
    const { before } = browser.api.requests.find(({ method }) => method === "PATCH")!.body as { before: string };
    expect(Date.parse(before)).toBe(Date.parse(now));
  });

  it("shows at once, and the count comes from the server", async () => {
    const { store } = await browser.open();
    const go = hold();
    void store.markAllRead();
    await settle();
    expect(read(store)).toEqual([true, true, true]);
    expect(store.getState()).toMatchObject({ unreadCount: 3, notice: { kind: "allRead" } });
    await go();
    expect(store.getState().unreadCount).toBe(0);
  });

  it("if the server rejects it, nothing is read and a notice says so", async () => {
    const { store } = await browser.open();
    browser.api.instead = ({ method }) => (method === "PATCH" ? Promise.reject(new TypeError("offline")) : undefined);
    await store.markAllRead();
    expect(read(store)).toEqual([false, false, false]);
    expect(store.getState().notice).toMatchObject({ kind: "failed", problem: { status: 0 } });
  });

  it("sends no request if the server counts none", async () => {
    const { store } = await browser.open();
    await store.markAllRead();
    expect(store.getState().unreadCount).toBe(0);
    await store.markAllRead();
    expect(browser.api.count("PATCH")).toBe(1);
  });
});

describe("archiving", () => {
  it("removes it at once, and undo brings it back to its place", async () => {
    const { store } = await browser.open();
    const go = hold();
    const { id } = store.getState().notifications[1]!;
    void store.archive(id);
    await settle();
    expect(titles(store)).toEqual(["1", "3"]);
    expect(store.getState().notice).toMatchObject({ kind: "archived", notification: { id } });
    await go();
    expect(store.getState().unreadCount).toBe(2);
    void store.undo();
    await settle();
    expect(titles(store)).toEqual(["1", "2", "3"]);
    await go();
    expect(titles(store)).toEqual(["1", "2", "3"]);
    expect(store.getState()).toMatchObject({ unreadCount: 3, notice: { kind: "restored" } });
  });

  it("is undone if the server rejects it", async () => {
    const { store } = await browser.open();
    browser.api.instead = ({ method }) => (method === "PATCH" ? browser.api.json({}, 503) : undefined);
    await store.archive(store.getState().notifications[0]!.id);
    expect(titles(store)).toEqual(["1", "2", "3"]);
    expect(store.getState().notice).toMatchObject({ kind: "failed" });
  });

  it("restores from the archive in that view", async () => {
    const { store } = await browser.open();
    const { id } = store.getState().notifications[0]!;
    await store.archive(id);
    store.open();
    store.setView("archived");
    await settle();
    expect(titles(store)).toEqual(["1"]);
    await store.archive(id, false);
    expect(titles(store)).toEqual([]);
    store.setView("all");
    await settle();
    expect(titles(store)).toEqual(["1", "2", "3"]);
  });
});

it("a notification that no longer exists disappears after the rejection", async () => {
  const { store } = await browser.open();
  browser.api.of("alice").pop();
  await store.markRead(store.getState().notifications[0]!.id);
  expect(store.getState().notice).toMatchObject({ kind: "failed", problem: { status: 404 } });
  expect(titles(store)).toEqual(["2", "3"]);
});
