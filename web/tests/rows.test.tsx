// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { FakeApi, notification } from "./fake";
import { announced, button, row, show, some, tab } from "./show";

it("a producer's words are shown as text", async () => {
  const { open } = show({}, some());
  await open();
  await screen.findByText("A <b>body</b>");
  expect(document.querySelector("b")).toBeNull();
});

it("links only to allowed addresses", async () => {
  const api = new FakeApi();
  for (const target_url of [
    "/billing",
    "javascript:alert(1)",
    "https://docs.example.com/a",
    "https://evil.example.com",
  ]) {
    api.add(notification({ title: target_url, target_url }));
  }
  const { open } = show({ linkOrigins: ["https://docs.example.com"] }, api);
  await open();
  await screen.findByText("/billing");
  expect(screen.getAllByRole("link").map((link) => link.getAttribute("href"))).toEqual([
    "https://docs.example.com/a",
    `${location.origin}/billing`,
  ]);
});

it("a link marks its notification read, and a router may follow it", async () => {
  const onNavigate = vi.fn();
  const { open, user, api, bell } = show({ onNavigate }, some());
  await open();
  await user.click(await screen.findByRole("link", { name: "First" }));
  expect(onNavigate).toHaveBeenCalledWith("/billing", expect.objectContaining({ title: "First" }));
  expect(screen.queryByRole("dialog")).toBeNull();
  await waitFor(() => expect(bell().textContent).toBe("1"));
  expect(api.unread()).toBe(1);
});

it("a link opened in a new tab is left to the browser, and marks as read", async () => {
  const onNavigate = vi.fn();
  const { open, user, api } = show({ onNavigate }, some());
  await open();
  const link = await screen.findByRole("link", { name: "First" });
  link.addEventListener("click", (event) => event.preventDefault()); // jsdom has no tabs
  await user.keyboard("{Control>}");
  await user.click(link);
  await user.keyboard("{/Control}");
  expect(onNavigate).not.toHaveBeenCalled();
  expect(screen.getByRole("dialog")).toBeTruthy();
  await waitFor(() => expect(api.unread()).toBe(1));
});

it("marks one as read and as unread again, and the badge follows the server", async () => {
  const { open, user, bell } = show({}, some());
  await open();
  await screen.findByText("First");
  await user.click(row("First").getByRole("button", { name: "Mark as read" }));
  expect(row("First").queryByRole("img", { name: "Unread" })).toBeNull();
  await waitFor(() => expect(bell().textContent).toBe("1"));
  await user.click(row("First").getByRole("button", { name: "Mark as unread" }));
  await waitFor(() => expect(bell().textContent).toBe("2"));
  expect(row("First").getByRole("img", { name: "Unread" })).toBeTruthy();
});

it("buttons of a row say which notification they are about", async () => {
  const { open } = show({}, some());
  await open();
  await screen.findByText("First");
  const about = row("First").getByRole("button", { name: "Archive" }).getAttribute("aria-describedby")!;
  expect(document.getElementById(about)!.textContent).toContain("First");
});

it("announces a rejected change and undoes it", async () => {
  const { open, user, api } = show({}, some());
  await open();
  await screen.findByText("First");
  api.instead = ({ method }) => (method === "PATCH" ? api.json({}, 500) : undefined);
  await user.click(row("First").getByRole("button", { name: "Mark as read" }));
  await waitFor(() => expect(announced()).toContain("That did not work, so nothing was changed."));
  expect(row("First").getByRole("img", { name: "Unread" })).toBeTruthy();
});

it("archives with an undo button, and moves to the next one", async () => {
  const { open, user, api } = show({}, some());
  await open();
  await screen.findByText("First");
  await user.click(row("First").getByRole("button", { name: "Archive" }));
  expect(screen.queryByText("First")).toBeNull();
  expect(document.activeElement).toBe(row("Second").getByRole("button", { name: "Archive" }));
  expect(announced()).toContain("Archived");
  await user.click(button("Undo"));
  await screen.findByText("First");
  await waitFor(() => expect(api.of("alice").every((item) => !item.archived_at)).toBe(true));
});

it("archiving the last one leaves the focus in the panel", async () => {
  const api = new FakeApi();
  api.add(notification({ title: "Only" }));
  const { open, user } = show({}, api);
  const dialog = await open();
  await user.click(await screen.findByRole("button", { name: "Archive" }));
  await screen.findByText("You are up to date");
  expect(dialog.contains(document.activeElement)).toBe(true);
  await user.click(tab("Archived"));
  await user.click(await screen.findByRole("button", { name: "Move out of the archive" }));
  await screen.findByText("The archive is empty");
  expect(announced()).toContain("Moved out of the archive");
});

it("a press that opens a menu marks nothing", async () => {
  const { open, api } = show({}, some());
  await open();
  await screen.findAllByRole("link");
  fireEvent(screen.getAllByRole("link")[0]!, new MouseEvent("auxclick", { button: 2, bubbles: true }));
  await act(async () => {});
  expect(api.requests.filter(({ method }) => method === "PATCH")).toEqual([]);
});

it("shows a body of more than two lines in full on request", async () => {
  let line = 30; // characters in a line
  const lines = (element: Element) =>
    element.className === "carillon-words" ? Math.ceil(element.textContent!.length / line) : 0;
  vi.spyOn(Element.prototype, "scrollHeight", "get").mockImplementation(function (this: Element) {
    return lines(this) * 19;
  });
  vi.spyOn(Element.prototype, "clientHeight", "get").mockImplementation(function (this: Element) {
    return Math.min(2, lines(this)) * 19;
  });
  const api = new FakeApi();
  api.add(
    notification({ title: "Long", body: "word ".repeat(100) }),
    notification({ title: "Short", body: "word ".repeat(10) }),
  );
  const { open, user } = show({}, api);
  await open();
  await screen.findByText("Short");
  expect(screen.getAllByRole("button", { name: /Show/ })).toHaveLength(1);
  await user.click(button("Show more"));
  expect(button("Show less").getAttribute("aria-expanded")).toBe("true");
  line = 20; // a narrower window
  vi.stubGlobal("innerWidth", 320);
  act(() => void dispatchEvent(new Event("resize")));
  expect(button("Show more")).toBeDefined();
});

it("says who recorded a notification, if it was no backend of the application", async () => {
  const api = new FakeApi();
  for (const kind of ["producer", "you", "user"] as const) {
    api.add(
      notification({ title: `From ${kind}`, created_by: { kind, name: kind === "producer" ? "billing" : null } }),
    );
  }
  await show({}, api).open();
  await screen.findByText("From you");
  expect(row("From you").getByText("by you")).toBeTruthy();
  expect(row("From user").getByText("by another person")).toBeTruthy();
  expect(row("From producer").queryByText(/^by /)).toBeNull();
});
