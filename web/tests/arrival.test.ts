import { beforeEach, expect, it, vi } from "vitest";
import { notification } from "./fake";
import { Browser, seconds, settle } from "./tabs";

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
});

const marks = () => browser.api.requests.filter(({ method }) => method === "PATCH").map(({ path }) => path);

it("a link from an email marks its notification read, once, and leaves the address clean", async () => {
  const [item] = browser.api.add(notification(), notification());
  history.replaceState({ router: 1 }, "", `/billing?plan=a%20b&carillon_notification=${item!.id}#top`);
  const { store, stop } = await browser.open();
  expect(location.pathname + location.hash).toBe("/billing#top");
  expect(new URLSearchParams(location.search).get("plan")).toBe("a b");
  expect(location.search).not.toContain("carillon");
  expect(history.state).toEqual({ router: 1 });
  expect(marks()).toEqual([`/notifications/${item!.id}`]);
  expect(store.getState().unreadCount).toBe(1);
  expect(browser.api.count()).toBe(1); // after the mark, so that the first count is right
  await seconds(100);
  stop();
  await browser.open();
  expect(marks()).toHaveLength(1);
});

it("a tab that opens in the background sends the mark, and other tabs see it", async () => {
  const [item] = browser.api.add(notification());
  const other = await browser.open();
  history.replaceState(null, "", `/?carillon_notification=${item!.id}`);
  await browser.open({ visible: false });
  expect(marks()).toHaveLength(1);
  expect(other.store.getState().unreadCount).toBe(0);
});

it("another person's notification and an invalid id change nothing", async () => {
  const [item] = browser.api.add(notification({ user_id: "bob" }));
  history.replaceState(null, "", `/?carillon_notification=${item!.id}`);
  const { store } = await browser.open();
  expect(store.getState()).toMatchObject({ problem: null, notice: null, unreadCount: 0 });
  for (const text of ["../preferences", "1", "", `${item!.id}/x`]) {
    history.replaceState(null, "", `/?carillon_notification=${encodeURIComponent(text)}`);
    await browser.open();
    expect(location.search).toBe("");
  }
  expect(marks()).toHaveLength(1);
});

it("the other parts of the address stay as they were written", async () => {
  const id = notification().id;
  history.replaceState(null, "", `/signed?flag&x=a%20b&carillon_notification=${id}&y=%2f#top`);
  await browser.open();
  expect(location.href).toMatch(/\/signed\?flag&x=a%20b&y=%2f#top$/);
});

it.each([403, 500])("a mark that fails (%d) does not block the list", async (status) => {
  const [item] = browser.api.add(notification());
  history.replaceState(null, "", `/?carillon_notification=${item!.id}`);
  browser.api.instead = ({ method }) => (method === "PATCH" ? browser.api.json({}, status) : undefined);
  const { store } = await browser.open();
  expect(store.getState()).toMatchObject({ problem: null, unreadCount: 1 });
  await seconds(31);
  expect(marks()).toHaveLength(status === 403 ? 1 : 2);
});

it("the mark is sent when the service is back", async () => {
  const [item] = browser.api.add(notification());
  history.replaceState(null, "", `/?carillon_notification=${item!.id}`);
  browser.api.instead = () => browser.api.json({}, 503);
  const { store } = await browser.open();
  expect(store.getState().problem).toMatchObject({ status: 503 });
  browser.api.instead = () => undefined;
  await seconds(60);
  await settle();
  expect(browser.api.unread()).toBe(0);
  expect(store.getState().unreadCount).toBe(0);
});
