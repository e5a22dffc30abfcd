// @vitest-environment jsdom
// The keys of the panel, and that keys stay in the bell.
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { FakeApi, notification } from "./fake";
import { announced, button, items, row, show, tab } from "./show";

function ten() {
  const api = new FakeApi();
  for (let age = 10; age > 0; age--) {
    api.add(notification({ title: `Row ${age}`, age, target_url: age % 2 ? `/${age}` : null }));
  }
  return api;
}
const focused = () => document.activeElement!.textContent;

describe("in the list", () => {
  it.each(["{ArrowDown}", "{ArrowUp}", "{Home}", "{PageDown}", "j", "k"])("%s goes to the first row", async (key) => {
    const { open, user } = show({}, ten());
    await open();
    await screen.findByText("Row 1");
    await user.keyboard(key);
    expect(focused()).toBe("Row 1");
  });

  it("keys go from row to row, to the ends, and no further", async () => {
    const { open, user } = show({}, ten());
    await open();
    await screen.findByText("Row 1");
    const reached: (string | null)[] = [];
    for (const key of ["j", "j", "k", "{PageDown}", "{PageDown}", "j", "{PageUp}", "{Home}", "k", "{End}"]) {
      await user.keyboard(key);
      reached.push(focused());
    }
    expect(reached.map((title) => title!.slice(4))).toEqual(["1", "2", "1", "6", "10", "10", "5", "1", "1", "10"]);
  });

  it("the headline says what is known of it", async () => {
    const { open, user } = show({}, ten());
    await open();
    await screen.findByText("Row 1");
    await user.keyboard("j");
    const about = document.activeElement!.getAttribute("aria-describedby")!.split(" ");
    const words = about.map((id) => document.getElementById(id)!);
    expect(words.map((word) => word.getAttribute("aria-label") ?? word.textContent)).toEqual([
      "Unread",
      "Info",
      "1 min. ago",
    ]);
  });

  it("Enter opens, u marks, e archives and goes on, z takes back", async () => {
    const onNavigate = vi.fn();
    const { open, user, api } = show({ onNavigate }, ten());
    await open();
    await screen.findByText("Row 1");
    await user.keyboard("ju");
    await waitFor(() => expect(api.unread()).toBe(9));
    await user.keyboard("u");
    await waitFor(() => expect(api.unread()).toBe(10));
    await user.keyboard("e");
    expect(focused()).toBe("Row 2");
    await user.keyboard("e");
    expect(focused()).toBe("Row 3");
    await waitFor(() => expect(items()).toHaveLength(8));
    await user.keyboard("z");
    await screen.findByText("Row 2");
    await user.keyboard("k{Enter}"); // it has no link
    await waitFor(() => expect(api.of("alice").find(({ title }) => title === "Row 2")!.read_at).not.toBeNull());
    expect(onNavigate).not.toHaveBeenCalled();
    await user.keyboard("j{Enter}");
    expect(onNavigate).toHaveBeenCalledWith("/3", expect.anything());
  });

  it("after the last row is archived, the focus is in the panel, and keys are harmless", async () => {
    const api = new FakeApi();
    api.add(notification({ title: "Only" }));
    const { open, user } = show({}, api);
    const dialog = await open();
    await screen.findByText("Only");
    await user.keyboard("je");
    await screen.findByText("You are up to date");
    expect(dialog.contains(document.activeElement)).toBe(true);
    await user.keyboard("jkeu{End}{PageUp}");
    expect(screen.getByRole("dialog")).toBe(dialog);
  });

  it("a key with a modifier is left to the browser", async () => {
    const { open, api } = show({}, ten());
    const dialog = await open();
    await screen.findByText("Row 1");
    button("Mark all as read").focus();
    const before = document.activeElement;
    for (const modifier of ["ctrlKey", "metaKey", "altKey", "shiftKey", "isComposing"]) {
      for (const key of ["j", "ArrowDown", "e", "z"]) {
        expect(fireEvent.keyDown(dialog, { key, [modifier]: true })).toBe(true);
      }
    }
    expect(document.activeElement).toBe(before);
    expect(api.count("PATCH")).toBe(0);
  });
});

it("? shows the keys, also by a button, and ? or the back button leaves them", async () => {
  const { open, user } = show({}, ten());
  await open();
  await user.keyboard("?");
  const dialog = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
  await within(dialog).findByText("Next, previous");
  expect(document.activeElement).toBe(dialog);
  await user.keyboard("?");
  await screen.findByRole("dialog", { name: "Notifications" });
  await user.click(button("Keyboard shortcuts"));
  await screen.findByText("Archive, or move out of the archive");
  await user.click(button("Back to notifications"));
  await screen.findByText("Row 1");
});

describe("the page around the bell", () => {
  const TYPES = [
    "keydown",
    "keypress",
    "keyup",
    "beforeinput",
    "textInput",
    "input",
    "change",
    "paste",
    "compositionend",
  ];

  /** Listen on the page, and below the root of React's tree. */
  function listen() {
    const heard: string[] = [];
    const hear = ({ type, key }: Event & { key?: string }) => void heard.push(`${type} ${key ?? ""}`.trim());
    const between = [...TYPES.slice(0, 4), "textInput", "paste", "compositionend"];
    for (const type of TYPES) {
      for (const target of [window, document, document.documentElement]) target.addEventListener(type, hear);
    }
    for (const type of between) document.body.addEventListener(type, hear);
    return {
      heard,
      stop() {
        for (const type of TYPES) {
          for (const target of [window, document, document.documentElement]) target.removeEventListener(type, hear);
        }
        for (const type of between) document.body.removeEventListener(type, hear);
      },
    };
  }

  it("hears nothing that is typed, pressed or pasted in the open bell", async () => {
    const api = new FakeApi();
    api.preferences = { ...api.preferences, quiet_hours: { from: "22:00", to: "07:00" } };
    const { openSettings, user } = show({}, api);
    const dialog = await openSettings();
    const from = await screen.findByLabelText<HTMLInputElement>("From");
    const page = listen();
    await user.clear(from);
    await user.type(from, "23:15");
    await user.keyboard("/?{ArrowDown}{Tab}");
    fireEvent.compositionEnd(dialog);
    fireEvent.paste(from);
    expect(from.value).toBe("23:15");
    await waitFor(() => expect(api.preferences.quiet_hours).toEqual({ from: "23:15", to: "07:00" }));
    page.stop();
    expect(page.heard).toEqual([]);
  });

  it("does not hear the keys that open and close the bell, and hears the others", async () => {
    const { user, bell } = show({}, ten());
    bell().focus();
    const page = listen();
    await user.keyboard("{Enter}");
    screen.getByRole("dialog");
    await user.keyboard("x{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(page.heard).toEqual([]);
    expect(document.activeElement).toBe(bell());
    await user.keyboard("k");
    page.stop();
    expect(page.heard.filter((text) => text === "keydown k").length).toBeGreaterThan(0);
  });

  it("keeps Tab and the browser's keys", async () => {
    const { open } = show({}, ten());
    const dialog = await open();
    for (const init of [{ key: "Tab" }, { key: "F5" }, { key: "r", ctrlKey: true }, { key: " " }]) {
      expect(fireEvent.keyDown(dialog, init)).toBe(true);
    }
  });
});

describe("an empty state", () => {
  it("is reached when the last row is read, archived or gone", async () => {
    const api = new FakeApi();
    api.add(notification({ title: "One", age: 1 }), notification({ title: "Two" }));
    const { open, user } = show({}, api);
    await open();
    await screen.findByText("Two");
    await user.keyboard("ju");
    expect(screen.queryByText("You are up to date")).toBeNull();
    await user.keyboard("ju");
    await screen.findByText("You are up to date");
    expect(items()).toHaveLength(2); // they stay until the list is opened again
    await user.keyboard("ek");
    await user.keyboard("e");
    await screen.findByText("What is new will show here.");
    expect(items()).toEqual([]);
    await user.click(button("Show all"));
    await screen.findByText("Nothing here yet");
    api.notifications.clear();
    await user.click(tab("Archived"));
    await screen.findByText("The archive is empty");
  });
});

describe("mark all as read", () => {
  it("empties the view, reaches the empty state, and is undone by keyboard", async () => {
    const { open, user, api } = show({}, ten());
    await open();
    await screen.findByText("Row 1");
    await user.click(button("Mark all as read"));
    await screen.findByText("You are up to date");
    expect(announced()).toContain("All marked as read");
    expect(items()).toEqual([]);
    await screen.findByRole("button", { name: "Undo" });
    await user.keyboard("z");
    await waitFor(() => expect(items()).toHaveLength(10));
    expect(api.unread()).toBe(10);
    expect(announced()).toContain("Marked as unread again");
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });

  it("leaves the rows in the view of all", async () => {
    const { open, user } = show({}, ten());
    await open();
    await user.click(tab("All"));
    await screen.findByText("Row 1");
    await user.click(button("Mark all as read"));
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(row("Row 1").getByRole("img", { name: "Unread" })).toBeTruthy());
    expect(items()).toHaveLength(10);
  });
});
