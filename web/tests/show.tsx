import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NotificationCentre, type NotificationCentreProps } from "../src/react/NotificationCentre";
import { browserTab } from "../src/tab";
import { FakeApi, tokenFor } from "./fake";

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
