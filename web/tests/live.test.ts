// Hints: what a tab that listens does when it hears one, and when it hears none.
import { describe, expect, it } from "vitest";
import { tokenFor } from "./fake";
import { add, browser, listening, minutes, service } from "./listening";
import { seconds, titles } from "./tabs";

describe("a tab that listens", () => {
  it("asks soon after a hint, with its ETag", async () => {
    const { store } = await listening();
    add("Second");
    service.hint();
    await seconds(0.1);
    expect(browser.api.count()).toBe(2);
    await seconds(0.1); // half of the spread
    expect(browser.api.count()).toBe(3);
    expect(browser.api.requests[2]!.etag).toMatch(/^"/);
    expect(store.getState()).toMatchObject({ unreadCount: 2 });
    expect(titles(store)).toEqual(["Second", "First"]);
  });

  it("spreads what a hint to all makes it do", async () => {
    await listening();
    service.hint("/hints/all");
    await seconds(29);
    expect(browser.api.count()).toBe(2);
    await seconds(2);
    expect(browser.api.count()).toBe(3);
  });

  it("asks once for a hint to all and one to the person that comes meanwhile", async () => {
    await listening();
    service.hint("/hints/all");
    service.hint();
    await seconds(60);
    expect(browser.api.count()).toBe(3);
  });

  it("asks about once a second in a storm of hints, and once more at its end", async () => {
    const { store } = await listening();
    for (let count = 0; count < 200; count++) {
      service.hint();
      await seconds(0.05);
    }
    expect(browser.api.count() - 2).toBeLessThanOrEqual(12); // ten seconds
    expect(browser.api.count() - 2).toBeGreaterThanOrEqual(9);
    add("Last");
    service.hint();
    await seconds(2);
    expect(titles(store)).toEqual(["Last", "First"]);
    const before = browser.api.count();
    await seconds(60);
    expect(browser.api.count()).toBe(before);
  });

  it("asks again after an answer that was under way when the hint came", async () => {
    const { store } = await listening();
    let answer = (_: undefined) => {};
    browser.api.instead = () => new Promise((resolve) => (answer = resolve));
    service.hint();
    await seconds(1);
    expect(browser.api.count()).toBe(3);
    service.hint();
    service.hint();
    await seconds(5);
    expect(browser.api.count()).toBe(3); // never two at once
    browser.api.instead = () => undefined;
    answer(undefined);
    add("Second");
    await seconds(2);
    expect(browser.api.count()).toBe(4);
    expect(titles(store)).toEqual(["Second", "First"]);
  });

  it("does not wait for an answer that never comes", async () => {
    let stuck = false;
    const { store } = await browser.open({ getToken: () => (stuck ? new Promise(() => {}) : tokenFor("alice")) });
    await seconds(2);
    expect(service.connected).toHaveLength(1);
    stuck = true;
    service.hint();
    await seconds(1);
    stuck = false;
    add("Second");
    service.hint();
    await seconds(25);
    expect(titles(store)).toEqual(["First"]);
    await seconds(6);
    expect(titles(store)).toEqual(["Second", "First"]);
  });

  it("polls for safety every 15 minutes", async () => {
    const { store } = await listening();
    add("Without a hint");
    await minutes(14);
    expect(browser.api.count()).toBe(2);
    await minutes(2);
    expect(browser.api.count()).toBe(3);
    expect(titles(store)).toEqual(["Without a hint", "First"]);
  });

  it("waits after an error as without hints", async () => {
    const { store } = await listening();
    browser.api.instead = () => browser.api.json({}, 503, { "Retry-After": "100" });
    add("Second");
    service.hint();
    await seconds(1);
    expect(browser.api.count()).toBe(3);
    for (let time = 0; time < 90; time++) {
      service.hint();
      await seconds(1);
    }
    expect(browser.api.count()).toBe(3);
    browser.api.instead = () => undefined;
    await seconds(40);
    expect(titles(store)).toEqual(["Second", "First"]);
  });

  it("asks again soon after an error, also if no other hint comes", async () => {
    const { store } = await listening();
    browser.api.instead = () => browser.api.json({}, 503);
    add("Second");
    service.hint();
    await seconds(1);
    browser.api.instead = () => undefined;
    await seconds(35);
    expect(titles(store)).toEqual(["Second", "First"]);
  });

  it("ends when the store ends, and listens again with the next listener", async () => {
    const { store, stop } = await listening();
    stop();
    expect(service.connected).toEqual([]);
    await seconds(60);
    store.subscribe(() => {});
    await seconds(1);
    expect(service.connected).toHaveLength(1);
    add("Second");
    service.hint();
    await seconds(2);
    expect(titles(store)).toEqual(["Second", "First"]);
  });
});
