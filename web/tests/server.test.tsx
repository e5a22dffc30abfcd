import { renderToString } from "react-dom/server";
import { expect, it, vi } from "vitest";
import { createNotifications, NotificationCentre, type NotificationStore, useNotifications } from "../src/index";

const Own = ({ store }: { store: NotificationStore }) => <i>{String(useNotifications(store).unreadCount)}</i>;

it("renders on a server without a window, and sends no requests there", () => {
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
  expect(html).not.toContain("style="); // a policy without inline styles would block it
  expect(fetch).not.toHaveBeenCalled();
});
