// @vitest-environment jsdom
import { render, screen, waitFor } from "@testing-library/react";
import { StrictMode } from "react";
import { describe, expect, it, vi } from "vitest";
import { createNotifications, NotificationCenter, NotificationCentre, useNotifications } from "../src/index";
import { browserTab } from "../src/tab";
import { FakeApi, notification, tokenFor } from "./fake";
import { show } from "./show";

const apiUrl = "https://api.example.com";
const getToken = () => tokenFor("alice");

function api() {
  const made = new FakeApi();
  made.add(notification({ title: "First" }));
  browserTab.fetch = made.fetch;
  return made;
}

function Own({ source }: { source: Parameters<typeof useNotifications>[0] }) {
  const { unreadCount, notifications, store } = useNotifications(source);
  return (
    <p>
      {unreadCount} of {notifications.length}
      <button type="button" onClick={() => store.markAllRead()}>
        Read
      </button>
    </p>
  );
}

describe("useNotifications", () => {
  it("supports an own design", async () => {
    api();
    render(<Own source={{ apiUrl, getToken }} />);
    await screen.findByText("1 of 1");
    screen.getByRole("button").click();
    await screen.findByText("0 of 1");
  });

  it("several components share a store and its requests", async () => {
    const { requests } = api();
    const store = createNotifications({ apiUrl, getToken });
    render(
      <StrictMode>
        <Own source={store} />
        <Own source={store} />
        <NotificationCentre store={store} />
      </StrictMode>,
    );
    await waitFor(() => expect(screen.getAllByText("1 of 1")).toHaveLength(2));
    await screen.findByRole("button", { name: "Notifications, 1 unread" });
    expect(requests.length).toBeLessThanOrEqual(2); // strict mode cancels the first request
  });

  it("uses the newest options without a new request", async () => {
    const made = api();
    const late = vi.fn(getToken);
    const { rerender } = render(<Own source={{ apiUrl, getToken }} />);
    await screen.findByText("1 of 1");
    rerender(<Own source={{ apiUrl, getToken: late }} />);
    expect(made.requests).toHaveLength(1);
    screen.getByRole("button").click();
    await screen.findByText("0 of 1");
    expect(late).toHaveBeenCalled();
  });
});

describe("the notification centre", () => {
  it("has both spellings", () => {
    expect(NotificationCenter).toBe(NotificationCentre);
  });

  it("works in strict mode with a token address", async () => {
    api();
    vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ token: tokenFor("alice"), expires_in: 3600 })));
    render(
      <StrictMode>
        <NotificationCentre apiUrl={apiUrl} tokenUrl="/token" locale="en" />
      </StrictMode>,
    );
    (await screen.findByRole("button", { name: "Notifications, 1 unread" })).click();
    await screen.findByRole("dialog");
    expect(document.activeElement).toBe(screen.getByRole("dialog"));
  });

  it("uses the page's language, or else the browser's", async () => {
    document.documentElement.lang = "fr-CA";
    const { bell } = show({ locale: undefined } as never, api());
    await waitFor(() => expect(bell().getAttribute("aria-label")).toBe("Notifications, 1 non lue"));
    document.documentElement.lang = "";
  });

  it("uses a language of the application, also for dates", async () => {
    const made = api();
    made.add(notification({ title: "Alt", age: 5 }));
    const texts = { unreadCount: "{shown} ungelesen", title: "Mitteilungen" };
    show({ locale: "de", texts }, made);
    (await screen.findByRole("button", { name: "Mitteilungen, 2 ungelesen" })).click();
    await screen.findByText("vor 5 Min.");
  });

  it.each(["xx", "no language", ""])("uses English for the locale %j", async (locale) => {
    show({ locale }, api());
    await screen.findByRole("button", { name: "Notifications, 1 unread" });
  });

  it("follows the theme", () => {
    api();
    const { container, change } = show({ theme: "dark", className: "mine", dir: "rtl" });
    const root = container.querySelector<HTMLElement>(".carillon.mine")!;
    expect([root.dataset.theme, root.dir]).toEqual(["dark", "rtl"]);
    change({ theme: "light" });
    expect(root.dataset.theme).toBe("light");
  });
});
