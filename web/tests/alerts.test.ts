import { beforeEach, describe, expect, it, vi } from "vitest";
import { notification } from "./fake";
import { Browser, seconds, settle } from "./tabs";

/** The alerts that the system was asked to show. */
class Alert {
  static permission: NotificationPermission = "default";
  static shown: Alert[] = [];
  static requestPermission = vi.fn(async () => Alert.permission);
  onclick = () => {};
  close = vi.fn();
  readonly title: string;
  readonly options: Record<string, unknown>;
  constructor(title: string, options: Record<string, unknown>) {
    this.title = title;
    this.options = options;
    Alert.shown.push(this);
  }
}

let browser: Browser;
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  Alert.shown = [];
  Alert.permission = "granted";
  vi.stubGlobal("Notification", Alert);
  vi.stubGlobal("isSecureContext", true);
  browser = new Browser();
  browser.api.add(notification({ title: "There before" }));
});

const lines = () => Alert.shown.map(({ title }) => title);

async function enabled(options = {}) {
  const opened = await browser.open(options);
  await opened.store.enableAlerts();
  return opened;
}

describe("alerts", () => {
  it("are off until the person enables them, and stay on", async () => {
    const { store, tab } = await browser.open();
    expect(store.getState().alerts).toBe("off");
    expect(Alert.requestPermission).not.toHaveBeenCalled();
    browser.api.add(notification());
    await tab.turn(false);
    await seconds(600);
    expect(lines()).toEqual([]);
    await store.enableAlerts();
    expect(Alert.requestPermission).toHaveBeenCalledTimes(1);
    expect(store.getState().alerts).toBe("on");
    expect((await browser.open()).store.getState().alerts).toBe("on");
    store.disableAlerts();
    expect(store.getState().alerts).toBe("off");
  });

  it("are one person's choice", async () => {
    await enabled();
    expect((await browser.open({ user: "bob" })).store.getState().alerts).toBe("off");
  });

  it.each([
    ["insecure", () => vi.stubGlobal("isSecureContext", false)],
    ["unsupported", () => vi.stubGlobal("Notification", undefined)],
    ["denied", () => (Alert.permission = "denied")],
  ])("are %s where that is so", async (status, make) => {
    make();
    expect((await browser.open()).store.getState().alerts).toBe(status);
  });

  it("stay off if the person refuses them", async () => {
    Alert.permission = "default";
    const { store } = await enabled();
    expect(store.getState().alerts).toBe("off");
  });

  it("show a new notification once while the page is hidden, without its body", async () => {
    const { tab } = await enabled();
    await tab.turn(false);
    browser.api.add(notification({ title: "Invoice 9 failed", summary: "A payment failed", body: "The card …" }));
    await seconds(61);
    await seconds(300);
    expect(lines()).toEqual(["A payment failed"]);
    expect(JSON.stringify(Alert.shown[0]!.options)).not.toContain("The card");
    expect(Alert.shown[0]!.options).not.toHaveProperty("body");
  });

  it("appear at most once a minute", async () => {
    const { tab } = await enabled();
    const before = browser.api.count();
    await tab.turn(false);
    await seconds(59);
    expect(browser.api.count()).toBe(before);
    await seconds(600 - 59);
    expect(browser.api.count() - before).toBeLessThanOrEqual(10);
    expect(browser.api.count() - before).toBeGreaterThan(7);
  });

  it("do not appear while the page is visible", async () => {
    await enabled();
    browser.api.add(notification());
    await seconds(31);
    expect(lines()).toEqual([]);
  });

  it("do not appear while another tab is visible, nor later for what that tab has shown", async () => {
    const hidden = await enabled();
    const shown = await browser.open();
    await hidden.tab.turn(false);
    browser.api.add(notification({ title: "Seen there" }));
    await seconds(300);
    expect(lines()).toEqual([]);
    await shown.tab.turn(false);
    browser.api.add(notification({ title: "Not seen" }));
    await seconds(130);
    expect(lines()).toEqual(["Not seen"]);
  });

  it("appear from only one of several hidden tabs", async () => {
    const tabs = [await enabled(), await browser.open(), await browser.open()];
    for (const { tab } of tabs) await tab.turn(false);
    browser.api.add(notification({ title: "Once" }));
    await seconds(300);
    expect(lines()).toEqual(["Once"]);
  });

  it("do not appear for a notification that was read meanwhile", async () => {
    const { tab } = await enabled();
    await tab.turn(false);
    browser.api.add(notification({ read_at: "2026-01-01T00:00:00Z" }));
    await seconds(130);
    expect(lines()).toEqual([]);
  });

  it("are at most three, and one that counts the others", async () => {
    const { tab } = await enabled({ moreTitle: (count: number) => `and ${count} more` });
    await tab.turn(false);
    for (let count = 1; count <= 8; count++) browser.api.add(notification({ title: `${count}`, age: -count / 1000 }));
    await seconds(61);
    expect(lines()).toEqual(["8", "7", "6", "and 5 more"]);
    expect(new Set(Alert.shown.map(({ options }) => options.tag)).size).toBe(4);
  });
});

describe("a click on an alert", () => {
  it("marks the notification as read and follows its link", async () => {
    const navigate = vi.fn();
    const focus = vi.fn();
    vi.stubGlobal("focus", focus);
    const { tab } = await enabled({ navigate });
    await tab.turn(false);
    const [item] = browser.api.add(notification({ target_url: "/billing" }));
    await seconds(61);
    Alert.shown[0]!.onclick();
    await settle();
    expect(focus).toHaveBeenCalled();
    expect(Alert.shown[0]!.close).toHaveBeenCalled();
    expect(navigate).toHaveBeenCalledWith("/billing", expect.objectContaining({ id: item!.id }));
    expect(browser.api.of("alice").at(-1)!.read_at).not.toBeNull();
  });

  it("opens the list if there is no link", async () => {
    vi.stubGlobal("focus", () => {});
    const { tab, store } = await enabled();
    await tab.turn(false);
    browser.api.add(notification({ target_url: "//evil.example.com" }));
    await seconds(61);
    Alert.shown[0]!.onclick();
    expect(store.getState().summoned).toBe(1);
  });
});

describe("if only a service worker may show alerts", () => {
  const showNotification = vi.fn(async (_title: string, _options: unknown) => {});
  const workers = Object.assign(new EventTarget(), {
    register: vi.fn(async () => ({ showNotification })),
    startMessages: () => {},
  });
  beforeEach(() => {
    showNotification.mockClear();
    vi.stubGlobal("Notification", {
      permission: "granted",
      requestPermission: async () => "granted",
    });
    vi.stubGlobal("navigator", { serviceWorker: workers });
  });

  it("it shows them, and a click that it receives marks the notification as read", async () => {
    const navigate = vi.fn();
    const { tab, store } = await enabled({ serviceWorkerUrl: "/carillon/carillon-sw.js", navigate });
    await tab.turn(false);
    const [item] = browser.api.add(notification({ title: "By worker", body: "Secret", target_url: "/a?b=1#c" }));
    await seconds(61);
    expect(workers.register).toHaveBeenCalledWith("/carillon/carillon-sw.js");
    expect(showNotification).toHaveBeenCalledTimes(1);
    expect(showNotification.mock.calls[0]).toEqual([
      "By worker",
      {
        tag: `carillon-${item!.id}`,
        data: { carillon: item!.id, url: `${location.origin}/a?b=1&carillon_notification=${item!.id}#c` },
      },
    ]);
    workers.dispatchEvent(new MessageEvent("message", { data: { carillon: item!.id } }));
    await settle();
    expect(navigate).toHaveBeenCalledTimes(1);
    expect(browser.api.unread()).toBe(1);
    expect(store.getState().alerts).toBe("on");
  });

  it("and the page has none, alerts are unsupported from then on", async () => {
    const { tab, store } = await enabled();
    await tab.turn(false);
    browser.api.add(notification());
    await seconds(61);
    expect(store.getState().alerts).toBe("unsupported");
    await tab.turn(true);
    expect(store.getState().alerts).toBe("unsupported");
    expect((await browser.open()).store.getState().alerts).toBe("off"); // nor after a reload
  });
});

it("a tab that was never visible polls if alerts are enabled", async () => {
  const { stop } = await enabled();
  stop();
  await browser.open({ visible: false });
  browser.api.add(notification({ title: "Behind" }));
  await seconds(130);
  expect(lines()).toEqual(["Behind"]);
});
