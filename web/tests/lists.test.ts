import { beforeEach, describe, expect, it, vi } from "vitest";
import { Feed, shownAt } from "../src/store/feed";
import { notification } from "./fake";
import { Browser, seconds, settle, titles } from "./tabs";

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
});

/** Return `count` notifications, one minute apart. "1" is the newest. */
function fill(count: number) {
  for (let age = count; age > 0; age--) browser.api.add(notification({ title: `${age}`, age }));
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

describe("pages", () => {
  it("follow each other by their cursor to the end", async () => {
    fill(65);
    const { store } = await browser.open();
    expect(titles(store)).toEqual(numbers(1, 30));
    expect(store.getState().hasMore).toBe(true);
    await store.loadMore();
    await store.loadMore();
    expect(titles(store)).toEqual(numbers(1, 65));
    expect(store.getState().hasMore).toBe(false);
    await store.loadMore();
    expect(browser.api.count()).toBe(3);
  });

  it("are requested once, even if asked for twice", async () => {
    fill(65);
    const { store } = await browser.open();
    await Promise.all([store.loadMore(), store.loadMore()]);
    expect(browser.api.count()).toBe(2);
    expect(titles(store)).toHaveLength(60);
  });

  it("stay in place if a notification arrives meanwhile", async () => {
    fill(65);
    const { store } = await browser.open();
    await store.loadMore();
    browser.api.add(notification({ title: "New" }));
    await seconds(31);
    await store.loadMore();
    expect(titles(store)).toEqual(["New", ...numbers(1, 65)]);
  });

  it("stay loaded over polls, without the removed notifications", async () => {
    fill(40);
    const { store } = await browser.open();
    await store.loadMore();
    const [, second] = browser.api.of("alice").toReversed();
    browser.api.change(second!, { archived_at: "2026-01-01T00:00:00Z" });
    await seconds(31);
    expect(titles(store)).toEqual(["1", ...numbers(3, 40)]);
  });

  it("start again if more notifications arrived than one page holds", async () => {
    fill(40);
    const { store } = await browser.open();
    await store.loadMore();
    for (let count = 0; count < 35; count++) {
      browser.api.add(notification({ title: "New" }));
      vi.advanceTimersByTime(1);
    }
    await seconds(31);
    expect(titles(store)).toEqual(Array(30).fill("New"));
    await store.loadMore();
    await store.loadMore();
    expect(titles(store)).toEqual([...Array(35).fill("New"), ...numbers(1, 40)]);
  });

  it("that fail are not retried automatically, and the first page brings them back", async () => {
    fill(40);
    const { store } = await browser.open();
    browser.api.instead = () => browser.api.json({}, 500);
    await store.loadMore();
    expect(store.getState()).toMatchObject({ loadingMore: false, hasMore: true, problem: { status: 500 } });
    browser.api.instead = () => undefined;
    await store.loadMore();
    expect(titles(store)).toHaveLength(40);
  });

  it("are cancelled when the view changes", async () => {
    fill(40);
    browser.api.answersAll = true;
    const { store } = await browser.open();
    let answer = () => {};
    browser.api.instead = ({ path }) =>
      path.includes("cursor") ? new Promise((resolve) => (answer = () => resolve(undefined))) : undefined;
    void store.loadMore();
    await settle();
    expect(store.getState().loadingMore).toBe(true);
    store.setView("all");
    await settle();
    answer();
    await settle();
    expect(store.getState()).toMatchObject({ view: "all", loadingMore: false });
    expect(titles(store)).toEqual(numbers(1, 30));
  });
});

describe("views", () => {
  it("request their own list, and keep the unread count", async () => {
    browser.api.add(
      notification({ title: "Archived", age: 3, archived_at: "2026-01-01T00:00:00Z" }),
      notification({ title: "Read", age: 2, read_at: "2026-01-01T00:00:00Z" }),
      notification({ title: "Unread", age: 1 }),
    );
    const { store } = await browser.open();
    store.open();
    for (const [view, shown] of [
      ["unread", ["Unread"]],
      ["all", ["Unread", "Read"]],
      ["archived", ["Archived"]],
    ] as const) {
      store.setView(view);
      await settle();
      expect(titles(store)).toEqual(shown);
      expect(store.getState()).toMatchObject({ unreadCount: 1, view, loading: false });
    }
  });

  it("opens on the list, not on the archive", async () => {
    const { store } = await browser.open();
    store.open();
    store.setView("archived");
    store.close();
    store.open();
    expect(store.getState().view).toBe("unread");
  });

  it("a poll while the archive is open still finds new notifications", async () => {
    const { store } = await browser.open();
    store.open();
    store.setView("archived");
    await settle();
    browser.api.add(notification({ title: "New" }));
    await seconds(31);
    expect(store.getState()).toMatchObject({ unreadCount: 1, notifications: [], news: [{ title: "New" }] });
  });
});

describe("news", () => {
  const page = (...items: ReturnType<typeof notification>[]) => ({
    notifications: items,
    next_cursor: null,
    unread_count: items.length,
  });

  it("are the notifications after the first answer, once", () => {
    const feed = new Feed();
    const [old, fresh] = [notification({ age: 5 }), notification()];
    expect(feed.take("unread", page(old), null)).toEqual([]);
    expect(feed.take("unread", page(fresh, old), null)).toEqual([fresh]);
    expect(feed.take("all", page(fresh, old), null)).toEqual([]);
  });

  it("include the first notification ever", () => {
    const feed = new Feed();
    feed.take("unread", page(), null);
    const fresh = notification();
    expect(feed.take("unread", page(fresh), null)).toEqual([fresh]);
  });

  it("exclude one that was read elsewhere, and an old one that was marked unread elsewhere", () => {
    const feed = new Feed();
    const [old, known, read] = [
      notification({ age: 9 }),
      notification({ age: 5 }),
      notification({ read_at: "2026-01-01T00:00:00Z" }),
    ];
    feed.take("unread", page(known), null);
    expect(feed.take("unread", page(read, known, old), null)).toEqual([]);
    const again = notification({ updated_at: "2030-01-01T00:00:00Z" }); // read at the start, now unread and the newest
    expect(feed.take("unread", page(again, known), null)).toEqual([]);
  });
});

it("marking all up to a moment excludes later ones and the archive", () => {
  const feed = new Feed();
  const [old, later] = [notification({ age: 5 }), notification()];
  const archived = notification({ age: 9, archived_at: "2026-01-01T00:00:00Z" });
  feed.take("all", { notifications: [later, old], next_cursor: null, unread_count: 2 }, null);
  feed.take("archived", { notifications: [archived], next_cursor: null, unread_count: 2 }, null);
  feed.applyAll({ before: shownAt(old), at: "2026-11-24T10:00:00Z" });
  expect([old, later, archived].map(({ id }) => !!feed.get(id)!.read_at)).toEqual([true, false, false]);
});

it("an older state of a notification does not replace a newer one", () => {
  const feed = new Feed();
  const old = notification({ updated_at: "2026-11-24T10:00:00Z" });
  const read = { ...old, read_at: "2026-11-24T10:00:00.5Z", updated_at: "2026-11-24T10:00:00.500000Z" };
  feed.put(read);
  feed.take("all", { notifications: [old], next_cursor: null, unread_count: 1 }, null);
  feed.put(old);
  expect(feed.get(old.id)).toEqual(read);
});

it("a confirmed ETag restores its count, even after a request for another view", () => {
  const feed = new Feed();
  const page = (unread_count: number) => ({ notifications: [], next_cursor: null, unread_count });
  feed.take("unread", page(3), '"three"');
  feed.take("archived", page(4), '"four"');
  feed.confirm("unread", '"other"');
  expect(feed.unreadCount).toBe(4);
  feed.confirm("unread", '"three"');
  expect(feed.unreadCount).toBe(3);
});

it("moments compare as text, with and without a fraction", () => {
  const at = (created_at: string, send_at: string | null = null) => shownAt(notification({ created_at, send_at }));
  expect(at("2026-11-24T10:00:00Z") < at("2026-11-24T10:00:00.000001Z")).toBe(true);
  expect(at("2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z")).toBe("2026-11-24T10:00:00.000000Z");
  expect(at("2026-11-24T10:00:00Z", "2026-11-24T09:00:00Z")).toBe("2026-11-24T10:00:00.000000Z");
});
