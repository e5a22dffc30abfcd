import { expect, it, vi } from "vitest";
import { type ApiRequest, notification, tokenFor } from "./fake";
import { Browser, seconds, settle, titles } from "./tabs";

/** Return a generator of pseudo-random numbers. The same seed gives the same numbers. */
function chance(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
  };
}

const answered = (browser: Browser, request: ApiRequest) =>
  browser.api.answer(request, new URL(request.path, "https://api.example.com"), tokenFor("alice"));

it("a tab with an answer older than another tab's page catches up", async () => {
  vi.useFakeTimers();
  const browser = new Browser();
  browser.api.add(notification({ title: "First" }));
  const one = await browser.open();
  const other = await browser.open();
  let release = () => {};
  browser.api.instead = (request) => {
    browser.api.instead = () => undefined;
    const old = answered(browser, request);
    return new Promise((resolve) => {
      release = () => resolve(old);
    });
  };
  void other.store.refresh();
  await settle();
  browser.api.add(notification({ title: "Second" }));
  await one.store.refresh();
  release();
  await seconds(70);
  expect(other.store.getState().unreadCount).toBe(2);
  expect(titles(other.store)).toEqual(["Second", "First"]);
});

// Three tabs and forty actions. Answers take up to 0.8 s and overtake each other. At the end all tabs are idle.
it.each(Array.from({ length: 170 }, (_, number) => number + 1))(
  "after storm %d every tab agrees with the server",
  async (seed) => {
    vi.useFakeTimers();
    const random = chance(seed * 7919);
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
    const browser = new Browser();
    const { api } = browser;
    api.limit = 5;
    for (let age = 14; age > 0; age--) api.add(notification({ age, read_at: age % 3 ? null : "2026-01-01T00:00:00Z" }));
    const wait = () => new Promise<void>((done) => setTimeout(done, random() * 400));
    api.instead = async (request) => {
      await wait();
      const answer = answered(browser, request);
      await wait();
      return answer;
    };
    const tabs = [await browser.open(), await browser.open(), await browser.open()];
    await seconds(2);
    for (const { store } of tabs) store.open();
    for (let step = 0; step < 40; step++) {
      const { store } = pick(tabs);
      const item = pick(store.getState().notifications);
      const dice = random();
      if (item && dice < 0.3) void store.markRead(item.id, !item.read_at);
      else if (item && dice < 0.5) void store.archive(item.id, !item.archived_at);
      else if (dice < 0.6) void store.undo();
      else if (dice < 0.75) void store.loadMore();
      else if (dice < 0.9) api.add(notification());
      else if (dice < 0.95) void store.refresh();
      else store.setView(pick(["unread", "all", "archived"]));
      await vi.advanceTimersByTimeAsync(random() * 500);
    }
    await seconds(150);
    const server = new Map(api.of("alice").map((item) => [item.id, item]));
    for (const { store, stop } of tabs) {
      const { unreadCount, notifications } = store.getState();
      expect(unreadCount).toBe(api.unread());
      const seen = notifications.map(({ id, read_at, archived_at }) => [id, !read_at, !archived_at]);
      expect(seen).toEqual(
        seen.map(([id]) => [id, !server.get(id as string)!.read_at, !server.get(id as string)!.archived_at]),
      );
      stop();
    }
  },
);
