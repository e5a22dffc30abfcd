// @vitest-environment jsdom
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { NotificationCentre } from "../src/react/NotificationCentre";
import { createNotifications } from "../src/store/store";
import { browserTab } from "../src/tab";
import { FakeApi, notification, tokenFor } from "./fake";
import { announced, button, items, row, show, some, tab } from "./show";

it("the bell shows the unread count after the server's first answer", async () => {
  const { bell } = show({}, some());
  screen.getByRole("button", { name: "Notifications" });
  await screen.findByRole("button", { name: "Notifications, 2 unread" });
  expect(bell().textContent).toBe("2");
});

it("the bell shows 99+ for more than 99", async () => {
  const api = new FakeApi();
  for (let count = 0; count < 100; count++) api.add(notification({ age: count }));
  api.limit = 3;
  const { bell } = show({}, api);
  await screen.findByRole("button", { name: "Notifications, 99+ unread" });
  expect(bell().textContent).toBe("99+");
});

it("the bell shows 99 as it is, and no badge for zero", async () => {
  const api = new FakeApi();
  for (let count = 0; count < 99; count++) api.add(notification({ age: count }));
  api.limit = 3;
  const { bell, open } = show({}, api);
  await waitFor(() => expect(bell().textContent).toBe("99"));
  await open();
  await screen.findAllByRole("listitem");
  button("Mark all as read").click();
  await screen.findByRole("button", { name: "Notifications" });
  expect(bell().textContent).toBe("");
});

it("opens a list by day, with severity in words and shape, and both times", async () => {
  const { open, bell } = show({}, some());
  expect(bell().getAttribute("aria-expanded")).toBe("false");
  const dialog = await open();
  expect(bell().getAttribute("aria-expanded")).toBe("true");
  expect(bell().getAttribute("aria-controls")).toBe(dialog.id);
  await screen.findByText("First");
  expect(screen.getAllByRole("region").map((day) => day.getAttribute("aria-label"))[0]).toBe("Today");
  expect(row("First").getByText("Critical")).toBeTruthy();
  expect(row("Second").getByText("Warning")).toBeTruthy();
  const shapes = items().map((item) => item.querySelector("path")!.getAttribute("d"));
  expect(new Set(shapes).size).toBe(2);
  const time = row("Second").getByText("10 min. ago");
  expect(time.title).toMatch(/\d{4} at \d/);
  expect(time.getAttribute("datetime")).toMatch(/^\d{4}-\d\d-\d\dT/);
});

it("marks all as read, and the button is disabled if none is unread", async () => {
  const { open, user, bell, api } = show({}, some());
  await open();
  await screen.findByText("First");
  await user.click(button("Mark all as read"));
  await waitFor(() => expect(bell().textContent).toBe(""));
  expect(announced()).toContain("All marked as read");
  expect(button("Mark all as read").getAttribute("aria-disabled")).toBe("true");
  await user.click(button("Mark all as read"));
  expect(api.count("PATCH")).toBe(1);
  expect(document.activeElement).toBe(button("Mark all as read")); // a disabled button would lose the focus
});

it("three views open by pointer and by arrow keys", async () => {
  const { open, user } = show({}, some());
  await open();
  await screen.findByText("First");
  expect(screen.queryByText("Read")).toBeNull();
  await user.click(tab("All"));
  await screen.findByText("Read");
  await user.keyboard("{ArrowRight}");
  expect(document.activeElement).toBe(tab("Archived"));
  await screen.findByText("The archive is empty");
  expect(screen.queryByRole("button", { name: "Mark all as read" })).toBeNull();
  await user.keyboard("{ArrowRight}");
  expect(tab("Unread").getAttribute("aria-selected")).toBe("true");
  expect(screen.getAllByRole("tab").map((one) => one.tabIndex)).toEqual([0, -1, -1]);
  await user.keyboard("{ArrowLeft}{ArrowLeft}");
  expect(tab("All").getAttribute("aria-selected")).toBe("true");
});

it("the arrow keys of the tabs follow the direction of the page", async () => {
  const { open, user } = show({ dir: "rtl" }, some());
  await open();
  screen.getByRole("tablist").style.direction = "rtl"; // jsdom does not derive it from `dir`
  tab("Unread").focus();
  await user.keyboard("{ArrowLeft}");
  expect(document.activeElement).toBe(tab("All"));
});

it("a button loads more without IntersectionObserver, and the focus is not lost at the end", async () => {
  const api = new FakeApi();
  for (let age = 5; age > 0; age--) api.add(notification({ age }));
  api.limit = 3;
  const { open, user } = show({}, api);
  const dialog = await open();
  await user.click(await screen.findByRole("button", { name: "Load more" }));
  await waitFor(() => expect(items()).toHaveLength(5));
  expect(screen.queryByRole("button", { name: "Load more" })).toBeNull();
  expect(dialog.contains(document.activeElement)).toBe(true);
});

it("the button loads more when it becomes visible, but not by itself after a failure", async () => {
  const api = new FakeApi();
  for (let age = 10; age > 0; age--) api.add(notification({ age }));
  api.limit = 3;
  class Observer {
    static seen: () => void = () => {};
    constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
      Observer.seen = () => callback([{ isIntersecting: true }]);
    }
    observe() {
      queueMicrotask(Observer.seen);
    }
    disconnect() {}
  }
  vi.stubGlobal("IntersectionObserver", Observer);
  api.instead = ({ path }) => (path.includes("cursor") ? api.json({}, 500) : undefined);
  const { open, user } = show({}, api);
  await open();
  await screen.findByText(/The service does not answer/);
  expect(api.count("GET /notifications?unread=1&cursor")).toBe(1);
  api.instead = () => undefined;
  await user.click(button("Load more"));
  await waitFor(() => expect(items()).toHaveLength(10));
});

it("announces and shows new notifications", async () => {
  const { open, api, bell, user } = show({}, some());
  await waitFor(() => expect(bell().textContent).toBe("2"));
  await open();
  api.add(notification({ title: "Third" }));
  await again();
  await waitFor(() => expect(announced()).toContain("New notification: Third"));
  expect(items()).toHaveLength(3);
  api.add(notification({ title: "Fourth" }), notification({ title: "Fifth" }));
  await again();
  await waitFor(() => expect(announced()).toContain("2 new notifications"));

  async function again() {
    await user.click(tab("All"));
    await user.click(tab("Unread"));
  }
});

it("a store that is older than the bell does not open it", async () => {
  const api = some();
  browserTab.fetch = api.fetch;
  const store = createNotifications({ apiUrl: "https://api.example.com", getToken: () => tokenFor("alice") });
  const first = render(<NotificationCentre store={store} locale="en" />);
  await screen.findByRole("button", { name: "Notifications, 2 unread" });
  const [item] = store.getState().notifications.filter(({ target_url }) => !target_url);
  await act(async () => store.follow(item!.id)); // like a click on an alert
  expect(screen.getByRole("dialog")).toBeTruthy();
  first.unmount();
  render(<NotificationCentre store={store} locale="en" />);
  await screen.findByRole("button", { name: "Notifications, 1 unread" });
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("without a source of tokens it is signed out and sends no requests", async () => {
  const fetch = vi.fn();
  vi.stubGlobal("fetch", fetch);
  browserTab.fetch = fetch;
  render(<NotificationCentre apiUrl="https://api.example.com" locale="en" />);
  await userEvent.click(await screen.findByRole("button", { name: "Notifications" }));
  await screen.findByText("You are signed out.");
  expect(fetch).not.toHaveBeenCalled();
});
