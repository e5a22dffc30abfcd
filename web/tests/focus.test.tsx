// @vitest-environment jsdom
// Where the focus goes when what has it leaves, and keys that are not the panel's.
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { FakeApi, notification } from "./fake";
import { button, items, show } from "./show";

async function three() {
  const api = new FakeApi();
  for (const age of [3, 2, 1]) api.add(notification({ title: `Row ${age}`, age }));
  const storeRef = { current: null };
  const shown = show({ storeRef }, api);
  const panel = await shown.open();
  await screen.findByText("Row 1");
  /** Archive a row elsewhere. */
  const leave = async (title: string) => {
    const item = api.of("alice").find((one) => one.title === title)!;
    item.archived_at = item.updated_at = new Date().toISOString();
    await (storeRef.current as unknown as { refresh(): Promise<void> }).refresh();
    await waitFor(() => expect(screen.queryByText(title)).toBeNull());
  };
  return { ...shown, panel, leave };
}
const focused = () => document.activeElement!.textContent;

describe("a row that leaves by itself", () => {
  it("gives the focus to the row in its place, else to the one before, else to the panel", async () => {
    const { user, leave, panel } = await three();
    await user.keyboard("jj");
    expect(focused()).toBe("Row 2");
    await leave("Row 2");
    await waitFor(() => expect(focused()).toBe("Row 3"));
    await leave("Row 3");
    await waitFor(() => expect(focused()).toBe("Row 1"));
    await leave("Row 1");
    await waitFor(() => expect(document.activeElement).toBe(panel));
  });
});

describe("a row's menu", () => {
  it.each(["{Escape}", "m"])("is closed by %s, which leaves the focus in the row and the panel open", async (key) => {
    const { user } = await three();
    await user.keyboard("jjm");
    (await screen.findByRole("button", { name: /^Mute/ })).focus();
    await user.keyboard(key);
    await waitFor(() => expect(screen.queryByRole("button", { name: /^Mute/ })).toBeNull());
    expect(items()[1]!.contains(document.activeElement)).toBe(true);
    await user.keyboard("j");
    expect(items()[2]!.contains(document.activeElement)).toBe(true);
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

it("a button that leaves when it is pressed leaves the focus in the panel", async () => {
  const api = new FakeApi();
  api.preferences = { ...api.preferences, quiet_hours: { from: "22:00", to: "07:00" }, timezone: "Asia/Tokyo" };
  const { user, openSettings } = show({}, api);
  const panel = await openSettings();
  (await screen.findByRole("button", { name: /^Use / })).focus();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(document.activeElement).toBe(panel));
});

it("Escape ends a composition of the input method, and only the next one closes the panel", async () => {
  const { panel } = await three();
  fireEvent.keyDown(panel, { key: "Escape", isComposing: true });
  expect(screen.getByRole("dialog")).toBe(panel);
  fireEvent.keyDown(panel, { key: "Escape" });
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("letters work with Caps Lock", async () => {
  const { user } = await three();
  await user.keyboard("JJK");
  expect(focused()).toBe("Row 1");
});

it("z undoes nothing in the settings, where no button says what", async () => {
  const { user, api } = await three();
  await user.keyboard("je");
  await screen.findByRole("button", { name: "Undo" });
  await user.click(button("Notification settings"));
  await user.keyboard("z");
  await user.click(button("Back to notifications"));
  await screen.findByRole("button", { name: "Undo" });
  expect(api.of("alice").filter((item) => item.archived_at)).toHaveLength(1);
});

it("keys do no harm while a part of the panel loads", async () => {
  const { user } = await three();
  const errors = vi.fn();
  addEventListener("error", errors);
  await user.click(button("Keyboard shortcuts"));
  document.querySelector(".carillon-body")?.classList.remove("carillon-body");
  await user.keyboard("{ArrowDown}je");
  expect(errors).not.toHaveBeenCalled();
  removeEventListener("error", errors);
});
