// @vitest-environment jsdom
// A page translator replaces all text nodes. What changes afterwards still shows.
import { act, cleanup } from "@testing-library/react";
import { beforeEach, expect, inject, it, vi } from "vitest";
import type { CarillonBell } from "../src/bell";
import type { NotificationStore } from "../src/store/store";
import { FakeApi, notification, tokenFor } from "./fake";
import { show } from "./show";

/** Replace text nodes as Google Translate does. It leaves out what the page says must not be translated. */
function translate(root: ParentNode) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Node[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    if (!node.textContent!.trim() || node.parentElement!.closest("[translate=no], style, script, font")) continue;
    const font = document.createElement("font");
    const inner = font.appendChild(document.createElement("font"));
    inner.textContent = node.textContent;
    node.parentNode!.replaceChild(font, node);
  }
}

function samples() {
  const api = new FakeApi();
  api.add(
    notification({ title: "Read", age: 2000, read_at: "2026-01-01T00:00:00Z", body: "word ".repeat(90) }),
    notification({ title: "Second", age: 10, severity: "warning" }),
    notification({ title: "First", severity: "critical", target_url: "/billing", event_name: "comment.added" }),
  );
  api.limit = 2;
  return api;
}

/** Wait until all answers and parts are shown: the text stays the same for a while. */
async function settle(root: () => Element) {
  for (let same = 0, before = ""; same < 3; same = root().textContent === before ? same + 1 : 0) {
    before = root().textContent!;
    await act(() => new Promise((resolve) => setTimeout(resolve, 40)));
  }
}

type Step = [name: string, change: () => unknown];

/** Return what is shown after each step. With `translated`, a translator runs before each. */
async function run(steps: Step[], root: () => Element, translated: boolean) {
  const seen: Record<string, string> = {};
  for (const [name, change] of steps) {
    if (translated) translate(root());
    await act(async () => void (await change()));
    await settle(root);
    seen[name] = `${root().querySelector("button")!.getAttribute("aria-label")} | ${root().textContent}`;
  }
  return seen;
}

interface Page {
  api: FakeApi;
  root: () => Element;
  speak: (locale: string) => void;
  refresh: () => unknown;
}

/** Return the steps through all that the bell shows. */
function tour({ api, root, speak, refresh }: Page): Step[] {
  const name = (button: HTMLElement) => button.getAttribute("aria-label") ?? button.textContent!;
  const press = (label: string) => {
    const buttons = [...root().querySelectorAll<HTMLElement>("button")];
    const found = buttons.find((one) => new RegExp(`^${label}($|[ ,]+.)`).test(name(one)));
    if (!found) throw new Error(`There is no ${label}`);
    found.click();
  };
  const toggle = (at: number) => root().querySelectorAll<HTMLElement>("[role=switch]")[at]!.click();
  const key = (name: string) => {
    const event = new KeyboardEvent("keydown", { key: name, bubbles: true });
    root().querySelector("[role=dialog]")!.dispatchEvent(event);
  };
  const fail = () => {
    api.instead = () => api.json({}, 500);
  };
  const work = () => {
    api.instead = () => undefined;
  };
  const english = () => speak("en");
  const french = () => speak("fr");
  return [
    ["start", refresh],
    ["another one", () => [api.add(notification({ title: "Third" })), refresh()]],
    ["open", () => press("Notifications")],
    ["later", () => [vi.spyOn(Date, "now").mockReturnValue(NOW + 7_200_000), dispatchEvent(new Event("resize"))]],
    ["marked", () => press("Mark as read")],
    ["stale", () => [fail(), refresh()]],
    ["fresh", () => [work(), refresh()]],
    ["all", () => press("All")],
    ["whole", () => press("Show more")],
    ["archived", () => press("Archive")],
    ["undone", () => press("Undo")],
    ["menu", () => press("More")],
    ["muted", () => press("Mute")],
    ["in French", french],
    ["in English", english],
    ["unmuted", () => key("z")],
    ["all read", () => press("Mark all as read")],
    ["unread again", () => key("z")],
    ["keys", () => key("?")],
    ["keys in French", french],
    ["keys in English", english],
    ["list", () => key("?")],
    ["settings", () => press("Notification settings")],
    ["quiet hours", () => toggle(3)],
    ["settings in French", french],
    ["settings in English", english],
    ["settings failed", () => [fail(), toggle(0)]],
    ["settings saved", () => [work(), toggle(0)]],
    ["back", () => press("Back to notifications")],
    ["archive", () => press("Archived")],
    ["empty", () => [api.notifications.clear(), press("Unread")]],
    ["empty in French", french],
    ["empty in English", english],
    ["error", () => [fail(), press("All")]],
    ["recovered", () => [work(), press("Try again")]],
    ["signed out", () => document.dispatchEvent(new Event("carillon-sign-out"))],
  ];
}

const NOW = Date.now();

beforeEach(() => {
  vi.spyOn(Element.prototype, "scrollHeight", "get").mockReturnValue(99); // all is long
});

/** Expect the same texts with and without a translator. */
async function compare(open: () => Promise<Page>, close: () => void) {
  const seen: Record<string, string>[] = [];
  for (const translated of [false, true]) {
    vi.spyOn(Date, "now").mockReturnValue(NOW);
    const page = await open();
    seen.push(await run(tour(page), page.root, translated));
    close();
  }
  expect(new Set(Object.values(seen[0]!)).size).toBeGreaterThan(25);
  expect(seen[1]).toEqual(seen[0]);
}

it("in React", async () => {
  await import("../src/react/Settings"); // later, it comes at once
  await compare(async () => {
    const api = samples();
    const storeRef = { current: null } as { current: NotificationStore | null };
    const { change } = show({ storeRef }, api);
    const root = () => document.querySelector(".carillon")!;
    return { api, root, speak: (locale) => change({ locale }), refresh: () => storeRef.current!.refresh() };
  }, cleanup);
}, 120_000);

it("in bell.js", async () => {
  CSSStyleSheet.prototype.replaceSync = () => {}; // jsdom lacks it
  await import(/* @vite-ignore */ `${inject("built")}/bell.js`);
  await compare(
    async () => {
      const api = samples();
      vi.stubGlobal("fetch", api.fetch);
      document.body.innerHTML = '<carillon-bell api-url="https://api.example.com" locale="en">';
      const bell = document.querySelector<CarillonBell>("carillon-bell")!;
      bell.getToken = () => tokenFor("alice");
      const root = () => bell.shadowRoot!.querySelector(".carillon")!;
      return { api, root, speak: (locale) => bell.setAttribute("locale", locale), refresh: () => bell.refresh() };
    },
    () => {
      document.body.innerHTML = "";
    },
  );
}, 120_000);
