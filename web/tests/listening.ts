// A browser whose tabs may listen to a simulated AppSync Events: new for each test that imports this.
import { beforeEach, expect, vi } from "vitest";
import { ADDRESS, FakeAppSync } from "./appsync";
import { notification } from "./fake";
import { Browser, seconds } from "./tabs";

export let browser: Browser;
export let service: FakeAppSync;
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  browser = new Browser();
  service = new FakeAppSync();
  browser.socket = service.open;
  browser.api.live = ADDRESS;
  browser.api.add(notification({ title: "First" }));
});

/** Let time pass in which the service sends keep-alives. */
export async function minutes(count: number) {
  for (let minute = 0; minute < count; minute++) {
    await seconds(60);
    service.keepAlive();
  }
}

/** Open a tab and wait until it listens and has asked once more for what it missed. */
export async function listening() {
  const opened = await browser.open();
  await seconds(2);
  expect(service.connected).toHaveLength(1);
  expect(browser.api.count()).toBe(2); // the first list, and one after the connection
  return opened;
}

export const add = (title: string) => browser.api.add(notification({ title }));
