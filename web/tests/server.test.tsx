import { renderToString } from "react-dom/server";
import { expect, it, vi } from "vitest";
import { createNotifications, NotificationCentre, type NotificationStore, useNotifications } from "../src/index";

const Own = ({ store }: { store: NotificationStore }) => <i>{String(useNotifications(store).unreadCount)}</i>;

it("renders on a server, which has no window, and asks for nothing there", () => {
  expect(typeof window).toBe("undefined");
  const fetch = vi.spyOn(globalThis, "fetch");
  const store = createNotifications({ apiUrl: "https://api.example.com", getToken: () => "token" });
  const html = renderToString(
    <>
      <NotificationCentre apiUrl="https://api.example.com" tokenUrl="/token" />
      <NotificationCentre store={store} locale="fr" />
      <Own store={store} />
    </>,
  );
  expect(html).toContain('aria-label="Notifications"');
  expect(html).toContain("<i>null</i>");
  expect(html).not.toContain("style="); // a policy against inline styles would take it out
  expect(fetch).not.toHaveBeenCalled();
});
