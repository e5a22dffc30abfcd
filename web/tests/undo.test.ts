// "Mark all as read" can be undone, exactly, whatever happens in between.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { notification } from "./fake";
import { Browser, settle, titles } from "./tabs";

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
  for (let age = 3; age > 0; age--) browser.api.add(notification({ title: `${age}`, age }));
});

const unread = () =>
  browser.api
    .of("alice")
    .filter(({ read_at }) => !read_at)
    .map(({ title }) => title);
const shown = ({ getState }: Awaited<ReturnType<Browser["open"]>>["store"]) =>
  getState().notifications.filter(({ read_at }) => !getState().swept.has(read_at)); // as List.tsx

describe("undoing marks as unread", () => {
  it("exactly what was unread, also beyond the loaded pages", async () => {
    browser.api.limit = 2;
    browser.api.add(notification({ title: "Read before", age: 9, read_at: "2026-01-01T00:00:00Z" }));
    const { store } = await browser.open();
    expect(titles(store)).toEqual(["1", "2"]);
    await store.markAllRead();
    expect(unread()).toEqual([]);
    expect(shown(store)).toEqual([]);
    await store.undo();
    expect(unread()).toEqual(["3", "2", "1"]);
    expect(shown(store).map(({ title }) => title)).toEqual(["1", "2"]);
    expect(store.getState()).toMatchObject({ unreadCount: 3, notice: { kind: "allUnread" } });
  });

  it("not what came in between or was marked since", async () => {
    const { store } = await browser.open();
    const { id } = store.getState().notifications[0]!;
    await store.markAllRead();
    const { notice } = store.getState();
    const [late] = browser.api.add(notification({ title: "Late" }));
    vi.advanceTimersByTime(5);
    await store.markRead(id, false);
    await store.markRead(id);
    await store.markRead(late!.id);
    store.notify(notice);
    await store.undo();
    expect(unread()).toEqual(["3", "2"]);
  });

  it("in other tabs too, where the rows leave and come back", async () => {
    const { store } = await browser.open();
    const other = (await browser.open()).store;
    await store.markAllRead();
    await settle();
    expect(shown(other)).toEqual([]);
    await store.undo();
    await settle();
    expect(shown(other)).toHaveLength(3);
    expect(other.getState().unreadCount).toBe(3);
  });
});

it("a rejected mark brings the rows back and offers no undo", async () => {
  const { store } = await browser.open();
  browser.api.instead = ({ method }) => (method === "PATCH" ? browser.api.json({}, 500) : undefined);
  await store.markAllRead();
  expect(shown(store)).toHaveLength(3);
  expect(store.getState().notice).toMatchObject({ kind: "failed" });
});

it("a rejected undo leaves them read, and says so", async () => {
  const { store } = await browser.open();
  await store.markAllRead();
  browser.api.instead = ({ method }) => (method === "PATCH" ? browser.api.json({}, 500) : undefined);
  await store.undo();
  expect(store.getState()).toMatchObject({ notice: { kind: "failed" }, unreadCount: 0 });
  expect(shown(store)).toEqual([]);
  browser.api.instead = () => undefined;
  await store.undo(); // again
  expect(unread()).toEqual(["3", "2", "1"]);
  expect(store.getState().notice).toEqual({ kind: "allUnread" });
});

it("an undo waits for the answer that says what became read, and undoes it once", async () => {
  const { store } = await browser.open();
  void store.markAllRead();
  await Promise.all([store.undo(), store.undo()]);
  expect(unread()).toEqual(["3", "2", "1"]);
  expect(browser.api.count("PATCH")).toBe(2);
});

it("what was read one by one leaves too, and an undo does not touch it", async () => {
  const { store } = await browser.open();
  await store.markRead(store.getState().notifications[1]!.id);
  const other = (await browser.open()).store;
  vi.advanceTimersByTime(5);
  await store.markAllRead();
  await settle();
  expect([shown(store), shown(other)]).toEqual([[], []]);
  await store.undo();
  await settle();
  expect(shown(store).map(({ title }) => title)).toEqual(["1", "3"]);
});

it("an API that names no moment offers no undo", async () => {
  const { store } = await browser.open();
  browser.api.instead = ({ method }) => (method === "PATCH" ? browser.api.json({ updated: 3 }) : undefined);
  await store.markAllRead();
  expect(store.getState().notice).toEqual({ kind: "allRead", readAt: null });
});
