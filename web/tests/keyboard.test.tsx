// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { FakeApi, notification } from "./fake";
import { button, items, show, tab } from "./show";

function two() {
  const api = new FakeApi();
  api.add(notification({ title: "Second", age: 5 }), notification({ title: "First", target_url: "/first" }));
  return api;
}

it("all actions work by keyboard: open, read, archive, undo, close", async () => {
  const { user, api, bell } = show({}, two());
  await waitFor(() => expect(bell().textContent).toBe("2"));
  await user.tab();
  await user.tab();
  expect(document.activeElement).toBe(bell());
  await user.keyboard("{Enter}");
  const dialog = screen.getByRole("dialog");
  expect(document.activeElement).toBe(dialog);
  const reached: string[] = [];
  for (let count = 0; count < 12; count++) {
    await user.tab();
    reached.push(document.activeElement!.getAttribute("aria-label") ?? document.activeElement!.textContent!);
  }
  expect(reached).toEqual([
    "Mark all as read",
    "Notification settings",
    "Keyboard shortcuts",
    "Close",
    "Unread",
    "First",
    "Mark as read",
    "Archive",
    "More",
    "Mark as read",
    "Archive",
    "More",
  ]);
  await user.tab({ shift: true });
  await user.tab({ shift: true });
  const [first, second] = screen.getAllByRole("button", { name: "Mark as read" });
  expect(document.activeElement).toBe(second);
  await user.keyboard("{ArrowUp}");
  expect(document.activeElement).toBe(first);
  await user.keyboard("{ArrowDown} ");
  await waitFor(() => expect(api.unread()).toBe(1));
  await user.tab();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(items()).toHaveLength(1));
  expect(document.activeElement).toBe(button("Archive"));
  await user.tab();
  await user.tab();
  expect(document.activeElement).toBe(button("Undo"));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(items()).toHaveLength(2));
  expect(dialog.contains(document.activeElement)).toBe(true);
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(bell());
});

it("focus outside closes the panel and stays there", async () => {
  const { open, user } = show({}, two());
  await open();
  await user.click(tab("Archived"));
  await screen.findByText("The archive is empty");
  await user.tab();
  expect(document.activeElement).toBe(button("After"));
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("a press outside or on the bell closes the panel", async () => {
  const { open, user, bell } = show({}, two());
  await open();
  await user.click(document.body);
  expect(screen.queryByRole("dialog")).toBeNull();
  await open();
  await user.click(bell());
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(bell());
});

it("Escape closes only the panel, not a dialog around it", async () => {
  const { open, user } = show({}, two());
  let received = 0;
  document.body.addEventListener("keydown", ({ key }) => key === "Escape" && received++);
  await open();
  await user.keyboard("{Escape}");
  expect(received).toBe(0);
  await user.keyboard("{Escape}");
  expect(received).toBe(1);
});

it("opening the settings and going back keep the focus in the panel", async () => {
  const { openSettings, user } = show({}, two());
  const dialog = await openSettings();
  expect(document.activeElement).toBe(dialog);
  await screen.findByRole("switch", { name: "In this list" });
  await user.click(button("Back to notifications"));
  expect(document.activeElement).toBe(dialog);
  await screen.findByText("First");
});

it("focus stays in the panel if the focused element disappears", async () => {
  const { open, user, api } = show({}, two());
  api.instead = () => api.json({}, 503);
  const dialog = await open();
  await screen.findByText("The service does not answer.");
  api.instead = () => undefined;
  await user.click(button("Try again"));
  await screen.findByText("First");
  expect(document.activeElement).toBe(dialog);
});
