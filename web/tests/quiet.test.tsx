// @vitest-environment jsdom
import { act, fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { FakeApi, PREFERENCES } from "./fake";
import { announced, show } from "./show";

it("quiet hours with equal ends are neither stored nor announced as saved", async () => {
  const api = new FakeApi();
  api.preferences = { ...PREFERENCES, quiet_hours: { from: "22:00", to: "07:00" } };
  const { openSettings } = show({}, api);
  await openSettings();
  const until = await screen.findByLabelText<HTMLInputElement>("Until");
  fireEvent.change(until, { target: { value: "22:00" } });
  fireEvent.blur(until);
  expect(until.value).toBe("07:00");
  await act(async () => {});
  expect(api.count("PUT")).toBe(0);
  expect(announced()).not.toContain("Saved");
});
