import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NotificationCentre, type NotificationCentreProps } from "../src/react/NotificationCentre";
import { browserTab } from "../src/tab";
import { FakeApi, notification, tokenFor } from "./fake";

/** Render the notification centre of alice on a page with an API in memory. */
export function show(props: NotificationCentreProps = {}, api = new FakeApi()) {
  browserTab.fetch = api.fetch;
  const page = (more: NotificationCentreProps = {}) => (
    <>
      <button type="button">Before</button>
      <NotificationCentre
        apiUrl="https://api.example.com"
        getToken={() => tokenFor("alice")}
        locale="en"
        {...props}
        {...more}
      />
      <button type="button">After</button>
    </>
  );
  const { rerender, ...rendered } = render(page());
  const user = userEvent.setup({ pointerEventsCheck: 0 });
  const bell = () => screen.getByRole("button", { name: /^Notifications/ });
  return {
    ...rendered,
    api,
    user,
    bell,
    change: (more: NotificationCentreProps) => rerender(page(more)),
    /** Open the list and wait for it. */
    async open() {
      await user.click(bell());
      return screen.findByRole("dialog", { name: "Notifications" });
    },
    async openSettings() {
      await user.click(bell());
      await user.click(screen.getByRole("button", { name: "Notification settings" }));
      return screen.findByRole("dialog", { name: "Notification settings" });
    },
  };
}

export const items = () => screen.queryAllByRole("listitem");
export const button = (name: string | RegExp) => screen.getByRole("button", { name });
export const tab = (name: string) => screen.getByRole("tab", { name });
/** Return the last announcements. */
export const announced = () =>
  [...document.querySelectorAll("[role=status]")].map((region) => region.textContent).join(" ");

/** Return an API with two unread notifications and a read one. */
export function some() {
  const api = new FakeApi();
  api.add(
    notification({ title: "Read", age: 60, read_at: "2026-01-01T00:00:00Z" }),
    notification({ title: "Second", age: 10, severity: "warning", body: "A <b>body</b>" }),
    notification({ title: "First", severity: "critical", target_url: "/billing" }),
  );
  return api;
}

/** Return the row with a title. */
export const row = (title: string) => {
  const found = items().find((item) => within(item).queryByText(title));
  if (!found) throw new Error(`There is no ${title}`);
  return within(found);
};
