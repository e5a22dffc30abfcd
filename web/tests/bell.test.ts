// @vitest-environment jsdom
// The built bell.js on a page without React.
import { readFile } from "node:fs/promises";
import { waitFor } from "@testing-library/react";
import { beforeAll, beforeEach, expect, inject, it, vi } from "vitest";
import type { CarillonBell } from "../src/bell";
import { FakeApi, notification, tokenFor } from "./fake";

let api: FakeApi;

beforeAll(() => {
  CSSStyleSheet.prototype.replaceSync = () => {}; // jsdom lacks it
});

beforeEach(async () => {
  api = new FakeApi();
  api.add(notification({ title: "First", target_url: "/#first" }), notification({ title: "Second" }));
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) =>
    url.startsWith("/notifications/token")
      ? new Response(JSON.stringify({ token: tokenFor(url.split("?")[1] ?? "alice"), expires_in: 3600 }))
      : api.fetch(url, init),
  );
  document.body.innerHTML = "";
});

const load = () => import(/* @vite-ignore */ `${inject("built")}/bell.js`);
const bell = () => document.querySelector<CarillonBell>("carillon-bell")!;
const inside = (selector: string) => bell().shadowRoot!.querySelector<HTMLElement>(selector)!;
const named = (name: string) => waitFor(() => expect(inside("button").getAttribute("aria-label")).toBe(name));

it("properties that the page set before the file loaded are used", async () => {
  const element = document.createElement("carillon-bell") as CarillonBell;
  element.setAttribute("api-url", "https://api.example.com");
  element.getToken = () => tokenFor("alice");
  element.texts = { title: "News" };
  document.body.append(element);
  await load();
  await named("News, 2 unread");
});

it("the lines of the README show the bell on a page", async () => {
  const readme = await readFile("README.md", "utf8");
  const html = /```html\n(.*?)```/s.exec(readme)![1]!;
  expect(html).toMatch(/<script type="module" src="[^"]*bell\.js"><\/script>/);
  await load();
  document.body.innerHTML = html.replace(/<script.*<\/script>/, "");
  await named("Notifications, 2 unread");
  inside("button").click();
  await waitFor(() => expect(inside("[role=dialog]")).toBeTruthy());
  expect(bell().shadowRoot!.activeElement).toBe(inside("[role=dialog]"));
  expect(document.querySelector("[role=dialog]")).toBeNull();
});

it("a person who signs in without a page load sees their own notifications at once", async () => {
  await load();
  document.body.innerHTML = '<carillon-bell api-url="https://api.example.com" locale="en">';
  await named("Notifications");
  expect(api.requests).toEqual([]);
  bell().getToken = () => tokenFor("alice");
  await named("Notifications, 2 unread");
  api.add(notification({ user_id: "bob" }));
  bell().setAttribute("token-url", "/notifications/token?bob");
  bell().getToken = undefined;
  await named("Notifications, 1 unread");
  bell().setAttribute("token-url", "/notifications/token?alice");
  await named("Notifications, 2 unread");
});

it("attributes may change, and removing the element stops it", async () => {
  await load();
  document.body.innerHTML =
    '<carillon-bell api-url="https://api.example.com" token-url="/notifications/token" lang="en">';
  await named("Notifications, 2 unread");
  bell().setAttribute("locale", "fr");
  await named("Notifications, 2 non lues");
  bell().setAttribute("theme", "dark");
  await waitFor(() => expect(inside(".carillon").dataset.theme).toBe("dark"));
  const removed = bell();
  removed.remove();
  expect(removed.shadowRoot!.querySelector("button")).toBeNull();
  document.body.append(removed);
  await named("Notifications, 2 non lues");
});

it("Arabic is written from right to left, whatever the page is", async () => {
  await load();
  document.body.innerHTML =
    '<carillon-bell api-url="https://api.example.com" token-url="/notifications/token" locale="ar-EG">';
  await named("الإشعارات, غير مقروء: 2");
  expect([inside(".carillon").dir, inside(".carillon").lang]).toEqual(["rtl", "ar-EG"]);
  inside(".carillon-bell").click();
  await waitFor(() => expect(inside("[role=dialog]").textContent).toContain("وضع علامة مقروء على الكل"));
  bell().setAttribute("dir", "ltr");
  await waitFor(() => expect(inside(".carillon").dir).toBe("ltr"));
  bell().removeAttribute("dir");
  bell().setAttribute("locale", "de");
  await named("Mitteilungen, 2 ungelesen");
  expect(inside(".carillon").dir).toBe("");
});

it("refresh() shows a new notification at once", async () => {
  await load();
  document.body.innerHTML = '<carillon-bell api-url="https://api.example.com" token-url="/notifications/token">';
  await named("Notifications, 2 unread");
  api.add(notification({ title: "Third" }));
  await bell().refresh();
  await named("Notifications, 3 unread");
  const removed = bell();
  removed.remove();
  await removed.refresh(); // after the removal it has no effect
});

it.each([
  ["signOut()", () => bell().signOut()],
  ["the event on the document", () => document.dispatchEvent(new Event("carillon-sign-out"))],
  ["the event on the window", () => dispatchEvent(new Event("carillon-sign-out"))],
])("%s forgets the person at once, with the same token-url", async (_, signOut) => {
  await load();
  document.body.innerHTML = '<carillon-bell api-url="https://api.example.com" token-url="/notifications/token?alice">';
  await named("Notifications, 2 unread");
  inside(".carillon-bell").click();
  await waitFor(() => expect(inside("li")).toBeTruthy());
  const asked = api.requests.length;
  signOut();
  await named("Notifications");
  await waitFor(() => expect(inside("[role=dialog]").textContent).toContain("You are signed out."));
  expect(inside("li")).toBeNull();
  inside(".carillon-bell").click();
  inside(".carillon-bell").click();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(inside("li")).toBeNull();
  expect(api.requests.length).toBe(asked);
  await bell().refresh(); // the person signed in again
  await named("Notifications, 2 unread");
});

it("what is pressed in it stays in it", async () => {
  await load();
  document.body.innerHTML = '<carillon-bell api-url="https://api.example.com" token-url="/notifications/token">';
  await named("Notifications, 2 unread");
  inside(".carillon-bell").click();
  await waitFor(() => expect(inside("li")).toBeTruthy());
  const heard = vi.fn();
  for (const type of ["keydown", "keyup", "input", "change", "paste"]) bell().addEventListener(type, heard);
  const press = (key: string) =>
    bell().shadowRoot!.activeElement!.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, composed: true }),
    );
  press("ArrowDown");
  expect(bell().shadowRoot!.activeElement!.textContent).toBe("Second");
  press("2");
  for (const type of ["keyup", "input", "change", "paste"]) {
    inside("[role=dialog]").dispatchEvent(new Event(type, { bubbles: true, composed: true }));
  }
  expect(heard).not.toHaveBeenCalled();
});

it("a page may follow links by itself", async () => {
  await load();
  document.body.innerHTML = '<carillon-bell api-url="https://api.example.com" token-url="/notifications/token">';
  await named("Notifications, 2 unread");
  const followed = vi.fn((event: Event) => event.preventDefault());
  document.body.addEventListener("carillon-navigate", followed, { once: true });
  const follow = async () => {
    inside("button").click();
    await waitFor(() => inside("a").click());
  };
  await follow();
  expect(followed.mock.calls[0]![0]).toMatchObject({
    detail: { href: "/#first", notification: expect.objectContaining({ title: "First" }) },
  });
  expect(location.hash).toBe("");
  await named("Notifications, 1 unread");
  bell().shadowRoot!.querySelector<HTMLElement>("[aria-expanded=true]")?.click();
  api.change(api.of("alice")[0]!, { read_at: null });
  await follow();
  expect(location.hash).toBe("#first");
});

it("it contains the settings", async () => {
  await load();
  document.body.innerHTML = '<carillon-bell api-url="https://api.example.com" token-url="/notifications/token">';
  await named("Notifications, 2 unread");
  inside("button").click();
  await waitFor(() => inside("[aria-label='Notification settings']").click());
  await waitFor(() => expect(inside("[role=switch]")).toBeTruthy());
  inside("[role=switch]").click();
  await waitFor(() => expect(api.preferences.in_app_enabled).toBe(false));
});
