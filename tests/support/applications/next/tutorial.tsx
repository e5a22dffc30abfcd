/**
 * Shows the tutorial's component in a page that calls the route handler, and prints what the person sees after each step.
 * The arguments are the tokens of the producer and of the person.
 */

import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html><body></body>", { url: "https://app.example.com/" });
const { document, navigator } = window;
for (const [name, value] of Object.entries({ window, document, navigator }))
  Object.defineProperty(globalThis, name, { value, configurable: true }); // newer versions of Node have a navigator
const [producer, person] = process.argv.slice(2) as [string, string];
const { cleanup, fireEvent, render, waitFor } = await import("@testing-library/react");
const { NotificationCenter } = await import("@/components/NotificationCenter");
const { createNotification } = await import("@/lib/createNotification");
const { GET, PATCH } = await import("@/app/api/notifications/route");
const { signIn } = await import("@/auth");

const real = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  if (!String(input).startsWith("/api/notifications")) return real(input, init); // the calls of the server
  const request = new Request(new URL(String(input), window.location.href), init);
  return (request.method === "GET" ? GET : PATCH)(request);
};

for (const cta of ["cta_7", "cta_8"])
  await createNotification(producer, {
    userId: "alice",
    eventName: "cta.broken",
    title: `${cta} is broken`,
    body: "The link answers 404.",
    severity: "warning",
    targetUrl: `/cta/${cta}`,
    resourceId: cta,
    idempotencyKey: `broken:${cta}`,
    data: { clickCount: 3 },
  });
const refused = await createNotification(producer, { userId: "alice", type: "cta_broken", title: "T" }).catch(String);
const signedOut = (await fetch("/api/notifications")).status;
signIn("alice", person);

const screen = render(<NotificationCenter />);
const heading = () => screen.getByRole("heading").textContent;
const shows = (count: number) => waitFor(() => screen.getByText(`Notifications (${count})`));
const steps: (string | null)[] = [];
await shows(2);
steps.push(heading(), ...screen.getAllByRole("link").map((link) => `${link.textContent} ${link.getAttribute("href")}`));
fireEvent.click(screen.getAllByRole("button", { name: "Mark as read" })[0]!);
await shows(1);
steps.push(heading());
fireEvent.click(screen.getByRole("button", { name: "Mark all as read" }));
await shows(0);
steps.push(heading());
cleanup(); // ends its timer
const first = await fetch("/api/notifications?unread=1");
const again = await fetch("/api/notifications?unread=1", { headers: { "If-None-Match": first.headers.get("etag")! } });
const polls = [first, again].map((each) => [each.status, Number(each.headers.get("carillon-poll-interval")) > 0]);
console.log(JSON.stringify({ refused, signedOut, steps, polls }));
