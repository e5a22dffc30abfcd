import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NotificationCentre, type NotificationCentreProps } from "../src/react/NotificationCentre";
import { browserTab } from "../src/tab";
import { FakeApi, notification, tokenFor } from "./fake";

/** The notification centre of Alice on a page, in front of an API in memory. */
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
    /** Opens the list, and waits until it is there. */
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
/** What was announced last. */
export const told = () => [...document.querySelectorAll("[role=status]")].map((region) => region.textContent).join(" ");

/** Two that are unread, and one that is read. */
export function some() {
  const api = new FakeApi();
  api.add(
    notification({ title: "Read", age: 60, read_at: "2026-01-01T00:00:00Z" }),
    notification({ title: "Second", age: 10, severity: "warning", body: "A <b>body</b>" }),
    notification({ title: "First", severity: "critical", target_url: "/billing" }),
  );
  return api;
}

/** The row with a title. */
export const row = (title: string) => {
  const found = items().find((item) => within(item).queryByText(title));
  if (!found) throw new Error(`There is no ${title}`);
  return within(found);
};
