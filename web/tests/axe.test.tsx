// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import axe from "axe-core";
import { expect, it } from "vitest";
import { BY_URGENCY } from "../src/react/icons";
import { FakeApi, notification } from "./fake";
import { button, show, tab } from "./show";

function some() {
  const api = new FakeApi();
  for (const severity of BY_URGENCY) {
    api.add(
      notification({ title: severity, severity, age: 1, target_url: "/a", body: "word ".repeat(60) }),
      notification({ severity, age: 2000, read_at: "2026-01-01T00:00:00Z" }),
    );
  }
  api.limit = 5;
  return api;
}

const VIEWS: Record<string, (shown: ReturnType<typeof show>) => Promise<unknown>> = {
  closed: ({ bell }) => waitFor(() => expect(bell().textContent).toBe(String(BY_URGENCY.length))),
  unread: async ({ open }) => {
    await open();
    await screen.findByText("critical");
  },
  all: async ({ open, user }) => {
    await open();
    await user.click(tab("All"));
    await screen.findByRole("button", { name: "Load more" });
  },
  archived: async ({ open, user }) => {
    await open();
    await user.click((await screen.findAllByRole("button", { name: "Archive" }))[0]!);
    await user.click(tab("Archived"));
    await screen.findByRole("button", { name: "Move out of the archive" });
  },
  "a notice": async ({ open, user }) => {
    await open();
    await user.click((await screen.findAllByRole("button", { name: "Archive" }))[0]!);
    await screen.findByRole("button", { name: "Undo" });
  },
  "a row's menu": async ({ open, user }) => {
    await open();
    await user.click((await screen.findAllByRole("button", { name: "More" }))[0]!);
    await screen.findByRole("button", { name: /^Mute/ });
  },
  keys: async ({ open, user }) => {
    await open();
    await user.keyboard("?");
    await screen.findByText("Next, previous");
  },
  empty: async ({ open, api }) => {
    api.notifications.clear();
    await open();
    await screen.findByText("You are up to date");
  },
  loading: async ({ open, api }) => {
    api.instead = () => new Promise(() => {});
    await open();
  },
  "an error": async ({ open, user, api }) => {
    await open();
    api.instead = () => api.json({}, 500);
    await user.click(tab("Archived"));
    await screen.findByText("The service does not answer.");
  },
  stale: async ({ open, user, api }) => {
    await open();
    await screen.findByText("critical");
    api.instead = () => api.json({}, 500);
    await user.click(tab("All"));
    await user.click(tab("Unread"));
    await screen.findByText(/Not up to date/);
  },
  settings: async ({ openSettings, user }) => {
    await openSettings();
    await user.click((await screen.findAllByText("More choices"))[0]!);
    await user.click(screen.getByRole("switch", { name: "Quiet hours" }));
    await screen.findByLabelText("From");
  },
  "settings with hints": async ({ openSettings, api }) => {
    api.preferences = { ...api.preferences, address_known: false, device_known: false, email_status: null };
    await openSettings();
    await screen.findByText(/No address/);
  },
  "settings with an error": async ({ openSettings, api }) => {
    api.instead = () => api.json({}, 500);
    await openSettings();
    await screen.findByText("The service does not answer.");
  },
};

HTMLCanvasElement.prototype.getContext = () => null; // axe uses it to find icon fonts

it.each(Object.entries(VIEWS))("axe finds nothing: %s", async (_, arrive) => {
  const shown = show({}, some());
  await arrive(shown);
  expect(button(/^Notifications/)).toBeTruthy();
  const { violations } = await axe.run(document.body, {
    // The page around the bell is not under test, and jsdom computes no colours.
    rules: { region: { enabled: false }, "color-contrast": { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
