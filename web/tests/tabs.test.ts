import { beforeEach, describe, expect, it, vi } from "vitest";
import { notification, tokenFor } from "./fake";
import { Browser, seconds, settle, titles } from "./tabs";

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  browser = new Browser();
  browser.api.add(notification({ title: "First" }));
});

describe("of several tabs", () => {
  it("one polls and the others receive its answer", async () => {
    const tabs = [await browser.open(), await browser.open(), await browser.open()];
    expect(browser.api.count()).toBe(3); // each tab has polled once for its first list
    browser.api.add(notification({ title: "Second" }));
    await seconds(31);
    expect(browser.api.count()).toBe(4);
    for (const { store } of tabs) {
      expect(titles(store)).toEqual(["Second", "First"]);
      expect(store.getState().unreadCount).toBe(2);
    }
  });

  it("another one polls after the first is closed", async () => {
    const first = await browser.open();
    const second = await browser.open();
    first.stop();
    browser.api.add(notification());
    await seconds(31);
    expect(browser.api.count()).toBe(3);
    expect(second.store.getState().unreadCount).toBe(2);
  });

  it("a visible one polls after the first is hidden", async () => {
    const first = await browser.open();
    const second = await browser.open();
    await first.tab.turn(false);
    await seconds(31);
    expect(browser.api.count()).toBe(3);
    await second.tab.turn(false);
    await seconds(600);
    expect(browser.api.count()).toBe(3);
  });

  it("a mark in one shows in all before the next poll", async () => {
    const first = await browser.open();
    const second = await browser.open();
    await first.store.markRead(first.store.getState().notifications[0]!.id);
    await settle();
    expect(second.store.getState().notifications[0]!.read_at).not.toBeNull();
    expect(second.store.getState().unreadCount).toBe(0);
    expect(browser.api.count()).toBe(3); // only the first tab's own request after the change
  });

  it("marking all as read reaches the pages that others have loaded", async () => {
    browser.api.limit = 1;
    browser.api.add(notification({ title: "Older", age: 5 }));
    const first = await browser.open();
    const second = await browser.open();
    await second.store.loadMore();
    expect(titles(second.store)).toEqual(["First", "Older"]);
    await first.store.markAllRead();
    await settle();
    expect(second.store.getState().notifications.map(({ read_at }) => !!read_at)).toEqual([true, true]);
  });

  it("an answer from before another tab's change does not undo it", async () => {
    browser.api.answersAll = true;
    const first = await browser.open();
    const second = await browser.open();
    const { id } = first.store.getState().notifications[0]!;
    browser.api.add(notification());
    const headers = { Authorization: `Bearer ${tokenFor("alice")}` };
    const before = await (await browser.api.fetch("/notifications?unread=1", { headers })).json();
    let answer = (_: Response) => {};
    browser.api.instead = () => new Promise((resolve) => (answer = resolve));
    void second.store.refresh();
    await settle();
    browser.api.instead = () => undefined;
    await first.store.markRead(id);
    answer(browser.api.json(before));
    await settle();
    expect(second.store.getState().notifications.find((item) => item.id === id)?.read_at).not.toBeNull();
    expect(second.store.getState().unreadCount).toBe(1);
  });

  it("a tab with another view requests it only if something changed", async () => {
    const first = await browser.open();
    const second = await browser.open();
    second.store.open();
    second.store.setView("all");
    await settle();
    const before = browser.api.count();
    await seconds(31);
    expect(browser.api.count()).toBe(before + 1);
    browser.api.add(notification({ title: "Second" }));
    await seconds(31);
    expect(titles(second.store)).toEqual(["Second", "First"]);
    expect(first.store.getState().unreadCount).toBe(2);
    expect(browser.api.count()).toBeLessThanOrEqual(before + 4);
  });

  it("one with a failed request retries after another one's answer", async () => {
    await browser.open();
    let failing = true;
    browser.api.instead = () => (failing ? browser.api.json({}, 503) : undefined);
    const { store } = await browser.open();
    expect(store.getState().problem).toMatchObject({ status: 503 });
    failing = false;
    await seconds(31); // the first tab learns that nothing changed
    expect(store.getState()).toMatchObject({ problem: null, unreadCount: 1, loading: false });
    expect(titles(store)).toEqual(["First"]);
  });

  it("if the leader does not poll, another one does", async () => {
    let works = true;
    const getToken = () => {
      if (!works) throw new Error("its session is broken");
      return tokenFor("alice");
    };
    await browser.open({ getToken } as never);
    const { store } = await browser.open();
    works = false;
    browser.api.add(notification({ title: "Second" }));
    await seconds(85);
    expect(titles(store)).toEqual(["First"]); // a tab that is only late is not replaced
    await seconds(10);
    expect(titles(store)).toEqual(["Second", "First"]);
  });

  it("each one without an answer retries when the network is back", async () => {
    await browser.open();
    const { store, tab } = await browser.open();
    browser.api.instead = () => Promise.reject(new TypeError("offline"));
    await store.refresh();
    browser.api.instead = () => undefined;
    browser.api.add(notification({ title: "Second" }));
    await tab.tell("online");
    expect(store.getState()).toMatchObject({ problem: null, unreadCount: 2 });
  });

  it("users receive nothing of each other", async () => {
    const alice = await browser.open();
    const bob = await browser.open({ user: "bob" });
    browser.api.add(notification({ user_id: "bob", title: "For Bob" }));
    await seconds(31);
    expect(titles(alice.store)).toEqual(["First"]);
    expect(titles(bob.store)).toEqual(["For Bob"]);
  });
});

describe("a hidden tab", () => {
  it("sends no requests", async () => {
    await browser.open({ visible: false });
    await seconds(600);
    expect(browser.api.requests).toEqual([]);
  });

  it("polls when it becomes visible, if its last answer is old", async () => {
    const { tab, store } = await browser.open();
    await tab.turn(false);
    await seconds(10);
    await tab.turn(true);
    expect(browser.api.count()).toBe(1);
    await tab.turn(false);
    browser.api.add(notification());
    await seconds(600);
    expect(browser.api.count()).toBe(1);
    await tab.turn(true);
    await seconds(0);
    expect(store.getState().unreadCount).toBe(2);
  });
});

describe("without locks", () => {
  it("a tab that receives another one's answer does not poll", async () => {
    browser.locks = false;
    vi.mocked(Math.random).mockReturnValueOnce(0.1); // tabs never poll at exactly the same moment
    let time = 0;
    vi.mocked(Math.random).mockImplementation(() => (time++ % 7) / 7);
    await browser.open();
    await browser.open();
    const { store } = await browser.open();
    const before = browser.api.count();
    browser.api.add(notification());
    await seconds(310);
    expect(browser.api.count() - before).toBeLessThanOrEqual(14); // instead of 30
    expect(store.getState().unreadCount).toBe(2);
  });
});
