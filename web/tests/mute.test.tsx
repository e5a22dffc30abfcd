// @vitest-environment jsdom
// A row's menu: no more messages about this kind of notification.
import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { NewPreferences, Preferences } from "../src/client";
import { kindOf } from "../src/preferences";
import { FakeApi, notification, PREFERENCES } from "./fake";
import { announced, button, row, show } from "./show";

async function menu(event_name: string, changes: Partial<Preferences> = {}) {
  const api = new FakeApi();
  api.preferences = { ...PREFERENCES, ...changes };
  api.add(notification({ title: "It", event_name }));
  const shown = show({}, api);
  await shown.open();
  await screen.findByText("It");
  await shown.user.click(row("It").getByRole("button", { name: "More" }));
  const rules = () =>
    api.requests.filter(({ method }) => method === "PUT").map(({ body }) => (body as NewPreferences).rules);
  return { ...shown, api, rules };
}

describe("mute this kind", () => {
  it("switches the declared category off, says what, and is undone", async () => {
    const { user, rules } = await menu("comment.added");
    await user.click(await screen.findByRole("button", { name: "Mute “Comments”" }));
    await waitFor(() => expect(rules()).toEqual([{ comment: { email: { enabled: false } } }]));
    await waitFor(() => expect(announced()).toContain("Switched off for “Comments”: Email"));
    expect(document.activeElement).toBe(row("It").getByRole("button", { name: "More" }));
    expect(button("More").getAttribute("aria-expanded")).toBe("false");
    await user.click(button("Undo"));
    await waitFor(() => expect(rules().at(-1)).toEqual({}));
    await waitFor(() => expect(announced()).toContain("Switched on again for “Comments”: Email"));
  });

  it("keeps the other parts of the person's rules", async () => {
    const before = { comment: { email: { grouping: "hourly" as const } }, other: { push: { enabled: true } } };
    const { user, rules } = await menu("comment.added", { rules: before });
    await user.click(await screen.findByRole("button", { name: "Mute “Comments”" }));
    await waitFor(() =>
      expect(rules()).toEqual([{ ...before, comment: { email: { grouping: "hourly", enabled: false } } }]),
    );
    await user.keyboard("z");
    await waitFor(() => expect(rules().at(-1)).toEqual(before));
  });

  it("is by the event's name if no category is declared, and is switched on again there", async () => {
    const { user, rules } = await menu("job.failed", { push_enabled: true });
    await user.click(await screen.findByRole("button", { name: "Mute “job.failed”" }));
    const off = { email: { enabled: false }, push: { enabled: false } };
    await waitFor(() => expect(rules()).toEqual([{ "job.failed": off }]));
    await user.click(button("More"));
    await user.click(await screen.findByRole("button", { name: "Switch “job.failed” on again" }));
    await waitFor(() => expect(JSON.stringify(rules().at(-1))).toBe('{"job.failed":{"email":{},"push":{}}}'));
  });

  it("is not offered for what is mandatory", async () => {
    await menu("security.key_made");
    await screen.findByText("Email: always sent, since nobody may miss it.");
    expect(screen.queryByRole("button", { name: /^Mute/ })).toBeNull();
  });

  it("says so if nothing is sent", async () => {
    await menu("job.failed", { email_enabled: false });
    await screen.findByText("Nothing is sent about “job.failed”, by your settings.");
  });

  it("that the server rejects changes nothing, and says so", async () => {
    const { user, api } = await menu("comment.added");
    const mute = await screen.findByRole("button", { name: "Mute “Comments”" });
    api.instead = ({ method }) => (method === "PUT" ? api.json({}, 503) : undefined);
    await user.click(mute);
    await waitFor(() => expect(announced()).toContain("nothing was changed"));
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });
});

it("the most specific category decides", () => {
  const rules = { "comment.added": { push: { enabled: false } }, comm: { email: { enabled: false } } };
  expect(kindOf({ ...PREFERENCES, rules }, "comment.added.late")).toMatchObject({
    name: "comment.added",
    description: undefined,
    on: ["email"],
    off: ["push"],
    fixed: [],
  });
});

it("a long headline is shown in full by a button, also that of a link", async () => {
  vi.spyOn(Element.prototype, "scrollHeight", "get").mockImplementation(function (this: Element) {
    return this.hasAttribute("data-head") && this.textContent!.length > 60 ? 60 : 38;
  });
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(38);
  const api = new FakeApi();
  api.add(notification({ title: "Short" }), notification({ title: "long ".repeat(40), target_url: "/long" }));
  const { open, user } = show({}, api);
  await open();
  const link = await screen.findByRole("link");
  expect(link.hasAttribute("data-whole")).toBe(false);
  await user.click(button("Show more"));
  expect(link.hasAttribute("data-whole")).toBe(true);
  await user.click(button("Show less"));
  expect(link.hasAttribute("data-whole")).toBe(false);
});
