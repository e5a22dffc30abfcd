// Hints: who connects, in which tab, and what a bell does without a connection.
import { describe, expect, it } from "vitest";
import { ADDRESS } from "./appsync";
import { tokenFor } from "./fake";
import { add, browser, listening, minutes, service } from "./listening";
import { seconds, settle, titles } from "./tabs";

describe("a page without hints", () => {
  it("polls and loads nothing of their client if the stack has none", async () => {
    browser.api.live = null;
    await browser.open();
    await seconds(31);
    expect(browser.api.count()).toBe(2);
    expect([browser.loads, service.sockets]).toEqual([0, []]);
  });

  it("polls and loads nothing if the browser has no WebSocket", async () => {
    browser.socket = null;
    const { tab } = await browser.open();
    await tab.turn(false);
    await tab.turn(true);
    await seconds(31);
    expect(browser.api.count()).toBe(2);
    expect(browser.loads).toBe(0);
  });

  it("polls if the page does not serve the client", async () => {
    const { tab } = await browser.open({ visible: false });
    tab.live = () => Promise.reject(new TypeError("Failed to fetch dynamically imported module"));
    await tab.turn(true);
    await seconds(62);
    expect(browser.api.count()).toBe(3);
  });

  it("polls if its policy forbids the connection", async () => {
    browser.socket = () => {
      throw new DOMException("The policy forbids it.", "SecurityError");
    };
    await browser.open();
    await seconds(62);
    expect(browser.api.count()).toBe(3);
  });

  it("polls again when the stack has none any more", async () => {
    const { tab } = await listening();
    browser.api.live = null;
    service.hint();
    await seconds(1);
    expect(service.connected).toEqual([]);
    await seconds(62);
    expect(browser.api.count()).toBe(5);
    await tab.tell("online");
    expect(service.sockets).toHaveLength(1);
  });
});

it("another address is another connection", async () => {
  await listening();
  browser.api.live = { ...ADDRESS, channels: [{ name: "/hints/person/new", spread_seconds: 0.3 }] };
  service.hint();
  await seconds(1);
  expect(service.connected).toHaveLength(1);
  expect([...service.connected[0]!.subscriptions.keys()]).toEqual(["/hints/person/new"]);
});

describe("of several tabs", () => {
  it("one listens, and the others hear from it", async () => {
    const first = await listening();
    const second = await browser.open();
    const third = await browser.open();
    expect(service.connected).toHaveLength(1);
    const before = browser.api.count();
    add("Second");
    service.hint();
    await seconds(1);
    expect(browser.api.count()).toBe(before + 1);
    for (const { store } of [first, second, third]) expect(titles(store)).toEqual(["Second", "First"]);
    await minutes(14);
    expect(browser.api.count()).toBe(before + 1); // the others rely on it, too
  });

  it("another one listens after the first is closed", async () => {
    const first = await listening();
    const { store } = await browser.open();
    add("Missed");
    first.stop();
    await seconds(2);
    expect(service.connected).toHaveLength(1);
    expect(titles(store)).toEqual(["Missed", "First"]);
    add("Third");
    service.hint();
    await seconds(2);
    expect(titles(store)).toEqual(["Third", "Missed", "First"]);
  });

  it("the others poll if the one that listens gets no answer", async () => {
    let works = true;
    const getToken = () => {
      if (!works) throw new Error("its session is broken");
      return tokenFor("alice");
    };
    await browser.open({ getToken });
    await seconds(1);
    const { store } = await browser.open();
    await seconds(1);
    works = false;
    add("Second");
    service.hint();
    await seconds(1);
    expect(titles(store)).toEqual(["First"]);
    await seconds(95);
    expect(titles(store)).toEqual(["Second", "First"]);
  });

  it("without locks, each one listens", async () => {
    browser.locks = false;
    const first = await browser.open();
    const second = await browser.open();
    await seconds(2);
    expect(service.connected).toHaveLength(2);
    add("Second");
    service.hint();
    await seconds(2);
    for (const { store } of [first, second]) expect(titles(store)).toEqual(["Second", "First"]);
  });
});

describe("a tab that is hidden", () => {
  it("stays connected for five minutes without asking, and asks when it is shown", async () => {
    const { tab, store } = await listening();
    await minutes(1);
    await tab.turn(false);
    add("Second");
    service.hint();
    await minutes(4);
    expect(service.connected).toHaveLength(1);
    expect(browser.api.count()).toBe(2);
    await tab.turn(true);
    await seconds(1);
    expect(service.sockets).toHaveLength(1);
    expect(titles(store)).toEqual(["Second", "First"]);
    await tab.turn(false);
    await minutes(6);
    expect(service.connected).toEqual([]);
    await tab.turn(true);
    await seconds(1);
    expect(service.connected).toHaveLength(1);
  });

  it("leaves the connection to a tab that is shown", async () => {
    const { tab } = await listening();
    await browser.open();
    await tab.turn(false);
    await seconds(1);
    expect(service.connected).toHaveLength(1);
    expect(service.sockets).toHaveLength(2);
  });

  it("does not connect if it was never shown", async () => {
    const { tab } = await browser.open({ visible: false });
    await seconds(60);
    expect(browser.loads).toBe(0);
    await tab.turn(true);
    await seconds(1);
    expect(service.connected).toHaveLength(1);
  });
});

describe("people", () => {
  it("who sign out close the connection", async () => {
    const { store, tab } = await listening();
    store.signOut();
    expect(service.connected).toEqual([]);
    tab.user = null;
    await seconds(60);
    expect(service.sockets).toHaveLength(1);
  });

  it("who follow another one have a connection of their own", async () => {
    const { store, tab } = await listening();
    const channels = [{ name: "/hints/person/bob", spread_seconds: 0.3 }];
    tab.user = "bob";
    browser.api.live = { ...ADDRESS, channels };
    await store.refresh();
    await seconds(2);
    expect(service.connected).toHaveLength(1);
    expect([...service.connected[0]!.subscriptions.keys()]).toEqual(["/hints/person/bob"]);
    expect(service.connected[0]!.authorization.Authorization).toBe(tokenFor("bob"));
  });
});

it("a network that is back means a new connection and one request", async () => {
  const { tab, store } = await listening();
  await minutes(2);
  service.connected[0]!.reachable = false; // nothing tells the tab
  add("Missed");
  await tab.tell("online");
  await seconds(1);
  expect(browser.api.count()).toBe(3);
  expect(titles(store)).toEqual(["Missed", "First"]);
  expect(service.connected).toHaveLength(1);
  await settle();
});
