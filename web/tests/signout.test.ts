// A person signs out without a load of the page.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { tokenFrom } from "../src/token";
import { notification, tokenFor } from "./fake";
import { Browser, seconds, settle, titles } from "./tabs";

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
  browser.api.add(notification({ title: "For Alice" }), notification({ title: "For Bob", user_id: "bob" }));
});

const NOBODY = { user: null, notifications: [], unreadCount: null, news: [], notice: null, problem: { status: 401 } };

describe("signing out", () => {
  it("forgets all at once, and takes no token of the same person", async () => {
    const { store, tab } = await browser.open();
    expect(titles(store)).toEqual(["For Alice"]);
    store.signOut();
    expect(store.getState()).toMatchObject(NOBODY);
    const before = browser.api.count();
    await seconds(4000); // the application's session still lives
    store.open();
    await tab.tell("online");
    expect(store.getState()).toMatchObject(NOBODY);
    expect(browser.api.count()).toBe(before);
  });

  it("another person is found without a call", async () => {
    const { store, tab } = await browser.open();
    store.signOut();
    tab.user = "bob";
    await seconds(35);
    expect(store.getState()).toMatchObject({ user: "bob", unreadCount: 1, problem: null });
    expect(titles(store)).toEqual(["For Bob"]);
  });

  it("the next person is shown in all tabs, also after the application's session had ended", async () => {
    const { store, tab } = await browser.open();
    const other = await browser.open();
    store.signOut();
    tab.user = other.tab.user = null;
    await seconds(4000); // the tabs ask rarely by now
    tab.user = other.tab.user = "bob";
    await store.refresh();
    await settle();
    for (const tab of [store, other.store]) expect(titles(tab)).toEqual(["For Bob"]);
  });

  it("a choice of the person who left is not stored for the next one", async () => {
    const { store, tab } = await browser.open();
    const choices = await store.client.preferences();
    tab.user = "bob";
    await expect(store.client.storePreferences(choices, "alice")).rejects.toMatchObject({ code: "user_changed" });
    await store.refresh();
    await expect(store.client.storePreferences(choices, "alice")).rejects.toMatchObject({ code: "user_changed" });
    expect(browser.api.count("PUT")).toBe(0);
  });

  it("the same person returns after the application's session had ended, or by refresh()", async () => {
    const { store, tab } = await browser.open();
    store.signOut();
    tab.user = null;
    await seconds(35);
    tab.user = "alice";
    await seconds(120);
    expect(titles(store)).toEqual(["For Alice"]);
    store.signOut();
    await store.refresh();
    expect(titles(store)).toEqual(["For Alice"]);
  });

  it("cancels what is in flight, and nothing of a late answer is shown or sent on", async () => {
    const { api } = browser;
    api.answersAll = true;
    const { store } = await browser.open();
    const other = (await browser.open()).store;
    let answer = () => {};
    const signals: (AbortSignal | null | undefined)[] = [];
    const { fetch } = api;
    api.fetch = (address, init) => {
      signals.push(init?.signal);
      return fetch(address, init);
    };
    api.instead = () => new Promise((resolve) => (answer = () => resolve(undefined)));
    void store.refresh();
    await settle();
    store.signOut();
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    answer();
    await settle();
    expect(store.getState()).toMatchObject(NOBODY);
    expect(other.getState()).toMatchObject(NOBODY);
  });

  it("a token that was on its way is not used", async () => {
    let give = (_: string) => {};
    const getToken = vi.fn(() => new Promise<string>((resolve) => (give = resolve)));
    const { store } = await browser.open({ getToken });
    store.signOut();
    give(tokenFor("alice"));
    await settle();
    expect(browser.api.requests).toEqual([]);
    expect(store.getState()).toMatchObject(NOBODY);
  });

  it("a change that waits is not sent", async () => {
    const { store } = await browser.open();
    const { id } = store.getState().notifications[0]!;
    const done = store.markRead(id);
    store.signOut();
    await done;
    expect(browser.api.of("alice")[0]!.read_at).toBeNull();
    expect(store.getState()).toMatchObject(NOBODY);
  });

  it("reaches the other tabs, and so does the return", async () => {
    const { store, tab } = await browser.open();
    const other = await browser.open();
    await other.tab.turn(false);
    tab.tell("carillon-sign-out");
    await settle();
    expect(store.getState()).toMatchObject(NOBODY);
    expect(other.store.getState()).toMatchObject(NOBODY);
    await store.refresh();
    await settle();
    await other.tab.turn(true);
    await seconds(5);
    expect(titles(other.store)).toEqual(["For Alice"]);
  });
});

it("a token address is asked anew after it", async () => {
  const tokens = ["alice", "bob"].map((user) => tokenFor(user));
  let answer = (_: Response) => {};
  const fetch = vi.fn(() => new Promise<Response>((resolve) => (answer = resolve)));
  vi.stubGlobal("fetch", fetch);
  const getToken = tokenFrom("/token");
  const first = getToken({ fresh: false });
  getToken.forget!();
  const late = answer;
  const second = getToken({ fresh: false });
  answer(new Response(JSON.stringify({ token: tokens[1], expires_in: 3600 })));
  expect(await second).toBe(tokens[1]);
  late(new Response(JSON.stringify({ token: tokens[0], expires_in: 3600 })));
  await first;
  expect(await getToken({ fresh: false })).toBe(tokens[1]);
  getToken.forget!();
  void getToken({ fresh: false });
  expect(fetch).toHaveBeenCalledTimes(3);
});
