// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { NewPreferences, Preferences } from "../src/client";
import { choose, rule, withoutRule } from "../src/preferences";
import { FakeApi, PREFERENCES } from "./fake";
import { announced, button, show } from "./show";

function prefer(changes: Partial<Preferences> = {}) {
  const api = new FakeApi();
  api.preferences = { ...PREFERENCES, ...changes };
  return api;
}

const toggle = (name: string) => screen.findByRole<HTMLInputElement>("switch", { name });
const topic = (name: string) => within(screen.getByRole("group", { name }));
const stored = (api: FakeApi) =>
  api.requests.filter(({ method }) => method === "PUT").map(({ body }) => body as NewPreferences);

describe("channels", () => {
  it("are those of the stack, and the list", async () => {
    const { openSettings } = show({}, prefer({ channels: ["email"] }));
    await openSettings();
    expect((await toggle("In this list")).checked).toBe(true);
    expect(screen.getAllByRole("switch", { name: "Email" }).length).toBeGreaterThan(0);
    expect(screen.queryByRole("switch", { name: "Push" })).toBeNull();
  });

  it("if the stack has none, there are no settings for messages", async () => {
    const { openSettings } = show({}, prefer({ channels: [] }));
    await openSettings();
    await toggle("In this list");
    expect(screen.getAllByRole("switch")).toHaveLength(1);
    expect(screen.queryByRole("combobox")).toBeNull();
  });

  it("a choice is stored at once, and nothing else becomes a choice", async () => {
    const { openSettings, user, api } = show({}, prefer());
    await openSettings();
    await toggle("In this list");
    await user.click(screen.getAllByRole("switch", { name: "Push" })[0]!);
    await waitFor(() => expect(announced()).toContain("Saved"));
    expect(stored(api)).toEqual([
      { ...PREFERENCES, push_enabled: true, by_default: ["in_app_enabled", "digest_minutes"] },
    ]);
  });

  it("a rejected choice is undone and announced", async () => {
    const { openSettings, user, api } = show({}, prefer());
    await openSettings();
    const inApp = await toggle("In this list");
    api.instead = ({ method }) => (method === "PUT" ? api.json({}, 503) : undefined);
    await user.click(inApp);
    await waitFor(() => expect(announced()).toContain("nothing was changed"));
    expect(inApp.checked).toBe(true);
  });

  it("quick choices are stored in order, and the last one is complete", async () => {
    const { openSettings, user, api } = show({}, prefer());
    await openSettings();
    const inApp = await toggle("In this list");
    const [email] = screen.getAllByRole("switch", { name: "Email" });
    let answer = () => {};
    api.instead = ({ method }) =>
      method === "PUT" ? new Promise((resolve) => (answer = () => resolve(undefined))) : undefined;
    await user.click(inApp);
    await user.click(email!);
    await user.click(inApp);
    api.instead = () => undefined;
    answer();
    await waitFor(() => expect(stored(api)).toHaveLength(2));
    expect(stored(api).map(({ in_app_enabled, email_enabled }) => [in_app_enabled, email_enabled])).toEqual([
      [false, true],
      [true, false],
    ]);
    expect(inApp.checked).toBe(true);
  });

  it.each([
    [{ address_known: false, email_status: null, email_enabled: false }, "takes the verified address of your account"],
    [{ address_known: false, email_status: null, email_enabled: true }, "Ask for one to be added"],
    [{ email_status: "bounced" as const }, "Correct the address in your account"],
    [{ email_status: "complained" as const }, "Ask support to switch it on again"],
    [{ device_known: false }, "Sign in to the app on it"],
  ])("%j: says what to do", async (state, text) => {
    const { openSettings } = show({}, prefer(state));
    await openSettings();
    const [hint] = await screen.findAllByText(new RegExp(text));
    const control = document.querySelector(`[aria-describedby="${hint!.id}"]`);
    expect(control?.getAttribute("role")).toBe("switch");
  });

  it("is absent for a known and working address", async () => {
    const { openSettings } = show({}, prefer());
    await openSettings();
    await toggle("In this list");
    expect(screen.queryByText(/address/)).toBeNull();
  });
});

describe("collecting", () => {
  it("shows the default, takes a choice, and returns to the default", async () => {
    const { openSettings, user, api } = show({}, prefer());
    await openSettings();
    const select = await screen.findByRole<HTMLSelectElement>("combobox", { name: "Collect messages" });
    expect(select.selectedOptions[0]!.text).toBe("Default: 5 minutes");
    await user.selectOptions(select, "Send at once");
    await waitFor(() => expect(stored(api)).toHaveLength(1));
    expect(stored(api)[0]).toMatchObject({ digest_minutes: 0, by_default: ["in_app_enabled", "push_enabled"] });
    await user.selectOptions(select, "Default");
    await waitFor(() => expect(stored(api)).toHaveLength(2));
    expect(stored(api)[1]!.digest_minutes).toBeNull();
  });

  it("offers a value that is not among the usual ones", async () => {
    const { openSettings } = show({}, prefer({ digest_minutes: 7, by_default: [] }));
    await openSettings();
    const select = await screen.findByRole<HTMLSelectElement>("combobox", { name: "Collect messages" });
    expect(select.selectedOptions[0]!.text).toBe("7 minutes");
  });
});

describe("quiet hours", () => {
  it("start with a whole night in the person's time zone", async () => {
    const { openSettings, user, api } = show({}, prefer());
    await openSettings();
    expect(await screen.findByText(/Europe\/Paris/)).toBeTruthy();
    await user.click(await toggle("Quiet hours"));
    await waitFor(() => expect(stored(api)).toHaveLength(1));
    expect(stored(api)[0]!.quiet_hours).toEqual({ from: "22:00", to: "07:00" });
    await user.click(await toggle("Quiet hours"));
    await waitFor(() => expect(stored(api)[1]?.quiet_hours).toBeNull());
  });

  it("accept times, but not two equal ones and no incomplete one", async () => {
    const { openSettings, user, api } = show({}, prefer({ quiet_hours: { from: "22:00", to: "07:00" } }));
    await openSettings();
    const from = await screen.findByLabelText<HTMLInputElement>("From");
    await user.clear(from);
    await user.type(from, "07:00");
    await user.clear(from);
    await user.type(from, "23:30");
    await waitFor(() => expect(stored(api).at(-1)?.quiet_hours).toEqual({ from: "23:30", to: "07:00" }));
    expect(stored(api).every(({ quiet_hours }) => quiet_hours!.from !== quiet_hours!.to)).toBe(true);
  });
});

describe("topics", () => {
  it("are in the operator's words, in the page's language", async () => {
    const { openSettings, change } = show({}, prefer());
    await openSettings();
    await screen.findByRole("group", { name: "Comments" });
    change({ locale: "fr" });
    await screen.findByRole("group", { name: "Commentaires" });
    expect(screen.getByRole("dialog", { name: "Réglages des notifications" })).toBeTruthy();
  });

  it("a mandatory one cannot be switched off and says why", async () => {
    const { openSettings } = show({}, prefer());
    await openSettings();
    await toggle("In this list");
    const email = topic("Roles, API keys and data exports").getByRole<HTMLInputElement>("switch", { name: "Email" });
    expect([email.checked, email.disabled]).toEqual([true, true]);
    expect(document.getElementById(email.getAttribute("aria-describedby")!)!.textContent).toBe(
      "Email: always sent, since nobody may miss it.",
    );
    expect(topic("Roles, API keys and data exports").queryByText("Email: at least")).toBeNull();
  });

  it("store a switch, a severity and a grouping, and remove them again", async () => {
    const { openSettings, user, api } = show({}, prefer());
    await openSettings();
    await toggle("In this list");
    const comments = topic("Comments");
    await user.click(comments.getByRole("switch", { name: "Push" }));
    await user.click(comments.getByText("More choices"));
    await user.selectOptions(comments.getByRole("combobox", { name: "Email: at least" }), "Critical");
    await user.selectOptions(comments.getByRole("combobox", { name: "Email: collect" }), "Until the full hour");
    await user.selectOptions(comments.getByRole("combobox", { name: "Push: collect" }), "30 minutes");
    await waitFor(() =>
      expect(stored(api).at(-1)?.rules).toEqual({
        comment: {
          push: { enabled: true, grouping: 30 },
          email: { minimum_severity: "critical", grouping: "hourly" },
        },
      }),
    );
    await user.click(await comments.findByRole("button", { name: "Use the general choices" }));
    await waitFor(() => expect(stored(api).at(-1)?.rules).toEqual({}));
  });
});

it("settings that cannot be loaded say so, and can be retried", async () => {
  const api = prefer();
  api.instead = ({ path }) => (path === "/preferences" ? api.json({}, 503) : undefined);
  const { openSettings, user } = show({}, api);
  await openSettings();
  await screen.findByText("The service does not answer.");
  api.instead = () => undefined;
  await user.click(button("Try again"));
  await toggle("In this list");
});

describe("alerts of this browser", () => {
  it.each([
    ["denied", { permission: "denied" }, true, /blocked for this site/],
    ["insecure", { permission: "default" }, false, /only for secure pages/],
    ["unsupported", undefined, true, /cannot show alerts/],
  ])("%s: explained, without a button", async (_, notifications, secure, text) => {
    vi.stubGlobal("isSecureContext", secure);
    vi.stubGlobal("Notification", notifications);
    const { openSettings } = show();
    await openSettings();
    await screen.findByText(text);
    expect(screen.queryByRole("button", { name: /desktop alerts/ })).toBeNull();
  });

  it("are enabled by a click, and turned off by another", async () => {
    vi.stubGlobal("isSecureContext", true);
    vi.stubGlobal("Notification", { permission: "granted", requestPermission: async () => "granted" });
    const { openSettings, user } = show();
    await openSettings();
    await user.click(await screen.findByRole("button", { name: "Enable desktop alerts" }));
    await user.click(await screen.findByRole("button", { name: "Turn off desktop alerts" }));
    await screen.findByRole("button", { name: "Enable desktop alerts" });
  });
});

describe("edits", () => {
  it("do not change their input", () => {
    const before = structuredClone(PREFERENCES);
    rule(PREFERENCES, "comment", "email", { enabled: false });
    choose(PREFERENCES, "push_enabled", true);
    withoutRule(PREFERENCES, "comment");
    expect(PREFERENCES).toEqual(before);
  });

  it("keep unknown rules", () => {
    const choices = { ...PREFERENCES, rules: { comment: { push: { enabled: false } }, other: { email: {} } } };
    const { rules, categories } = rule(choices, "comment", "push", { grouping: "now" });
    expect(rules).toEqual({ comment: { push: { enabled: false, grouping: "now" } }, other: { email: {} } });
    expect(categories[0]!.push.grouping).toBe("now");
  });
});
