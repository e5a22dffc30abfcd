// @vitest-environment jsdom
// The time zone of the quiet hours.
import { screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NewPreferences, Preferences } from "../src/client";
import { browserZone, findZone, sameZone, ZONES } from "../src/zones";
import { FakeApi, PREFERENCES } from "./fake";
import { button, show } from "./show";

const zoneBefore = process.env.TZ;
beforeEach(() => {
  process.env.TZ = "Asia/Tokyo";
});
afterEach(() => {
  process.env.TZ = zoneBefore;
});

const NIGHT = { from: "22:00", to: "07:00" };

async function settings(changes: Partial<Preferences>) {
  const api = new FakeApi();
  api.preferences = { ...PREFERENCES, timezone: "UTC", timezone_known: false, ...changes };
  const shown = show({}, api);
  await shown.openSettings();
  const quiet = await screen.findByRole<HTMLInputElement>("switch", { name: "Quiet hours" });
  const stored = () =>
    api.requests.filter(({ method }) => method === "PUT").map(({ body }) => (body as NewPreferences).timezone);
  const hint = () => document.getElementById(quiet.getAttribute("aria-describedby")!)!.textContent;
  return { ...shown, quiet, stored, hint, field: () => screen.findByLabelText<HTMLInputElement>("Time zone") };
}

describe("without a stored time zone", () => {
  it("the browser's is shown, and stored when quiet hours are switched on", async () => {
    const { user, quiet, hint, stored, field } = await settings({});
    expect(hint()).toContain("Times are in Asia/Tokyo.");
    await user.click(quiet);
    await waitFor(() => expect(stored()).toEqual(["Asia/Tokyo"]));
    expect((await field()).value).toBe("Asia/Tokyo");
    expect(screen.queryByRole("button", { name: /^Use / })).toBeNull();
  });

  it("quiet hours that are on say which one counts, and take the browser's by a press", async () => {
    const { user, hint, stored } = await settings({ quiet_hours: NIGHT });
    expect(hint()).toContain("Times are in UTC.");
    await user.click(button("Use Asia/Tokyo, the time zone of this device"));
    await waitFor(() => expect(stored()).toEqual(["Asia/Tokyo"]));
    expect(hint()).toContain("Times are in Asia/Tokyo.");
  });

  it("another time of quiet hours stores it, too", async () => {
    const { user, stored } = await settings({ quiet_hours: NIGHT });
    await user.type(await screen.findByLabelText("From"), "23:00");
    await waitFor(() => expect(stored().at(-1)).toBe("Asia/Tokyo"));
  });

  it("that the service does not know is left out, so that the quiet hours are stored", async () => {
    const { user, quiet, hint, api } = await settings({});
    const zones: (string | null | undefined)[] = [];
    api.instead = ({ method, body }) => {
      if (method !== "PUT") return undefined;
      const { timezone } = body as NewPreferences;
      zones.push(timezone);
      return timezone === "Asia/Tokyo" ? api.json({ error: { code: "invalid_request" } }, 422) : undefined;
    };
    await user.click(quiet);
    await waitFor(() => expect(zones).toEqual(["Asia/Tokyo", "UTC"]));
    await waitFor(() => expect(hint()).toContain("Times are in UTC."));
    expect(quiet.checked).toBe(true);
    await user.click(button("Use Asia/Tokyo, the time zone of this device"));
    await screen.findByText("That did not work, so nothing was changed.");
  });

  it("other choices do not", async () => {
    const { user, stored } = await settings({});
    await user.click(screen.getByRole("switch", { name: "In this list" }));
    await waitFor(() => expect(stored()).toEqual(["UTC"])); // as it was answered, so it is no choice
  });
});

describe("a known time zone", () => {
  const known = { timezone: "Europe/Paris", timezone_known: true };

  it("stays when quiet hours are switched on, and the browser's is offered", async () => {
    const { user, quiet, stored } = await settings(known);
    await user.click(quiet);
    await waitFor(() => expect(stored()).toEqual(["Europe/Paris"]));
    expect(button("Use Asia/Tokyo, the time zone of this device")).toBeTruthy();
  });

  it.each([
    ["America/New York", "America/New_York"],
    ["america/new_york", "America/New_York"],
    ["new york", "America/New_York"],
    ["Europe/Kyiv", "Europe/Kiev"],
    ["kathmandu", "Asia/Katmandu"],
    ["US/Eastern", "America/New_York"],
    ["Etc/GMT+5", "Etc/GMT+5"],
    ["UTC", "UTC"],
  ])("may be changed by typing %s", async (text, zone) => {
    const { user, field, stored } = await settings({ ...known, quiet_hours: NIGHT });
    await user.type(await field(), text, { initialSelectionStart: 0, initialSelectionEnd: 99 });
    await user.tab();
    await waitFor(() => expect(stored()).toEqual([zone]));
  });

  it("stays if nothing has the name that was typed", async () => {
    const { user, field, stored } = await settings({ ...known, quiet_hours: NIGHT });
    const input = await field();
    await user.type(input, "Bonn", { initialSelectionStart: 0, initialSelectionEnd: 99 });
    await user.tab();
    expect(input.value).toBe("Europe/Paris");
    expect(stored()).toEqual([]);
  });
});

it("names of browsers are understood", () => {
  expect(ZONES.length).toBeGreaterThan(400);
  expect(sameZone("Asia/Kolkata", "Asia/Calcutta")).toBe(true);
  expect(sameZone("Mars/Olympus", "UTC")).toBe(false);
  expect(findZone("  europe/paris ")).toBe("Europe/Paris");
  for (const text of ["", "xx", "+05:30", "Etc/Unknown", "europe/"]) expect(findZone(text)).toBeUndefined();
  expect(browserZone()).toBe("Asia/Tokyo");
  // Some browsers keep a name that is not among those that they offer.
  const { resolvedOptions } = Intl.DateTimeFormat.prototype;
  for (const [timeZone, found] of [
    ["US/Eastern", "US/Eastern"],
    ["+05:30", null],
    ["Etc/Unknown", null],
  ]) {
    Intl.DateTimeFormat.prototype.resolvedOptions = function () {
      return { ...resolvedOptions.call(this), timeZone: timeZone! };
    };
    expect(browserZone()).toBe(found);
  }
  Intl.DateTimeFormat.prototype.resolvedOptions = resolvedOptions;
  for (const [zone, name] of [
    ["UTC", "UTC"],
    ["GMT", "UTC"],
    ["Asia/Kolkata", "Asia/Calcutta"],
    ["Etc/GMT+5", "Etc/GMT+5"],
  ]) {
    process.env.TZ = zone;
    expect(browserZone()).toBe(name);
  }
});
