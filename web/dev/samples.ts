// A person's notifications after a few days of work.
import type { Notification } from "../src/client";
import { notification } from "../tests/fake";

const HOUR = 60;
const DAY = 24 * HOUR;

export function samples(): Notification[] {
  const read = (age: number) => ({ age, read_at: new Date().toISOString() });
  return [
    notification({
      age: 2,
      severity: "critical",
      event_name: "invoice.payment_failed",
      title: "The payment for invoice 2041 failed",
      body: "The bank declined the card that ends in 4242. Your plan stays active until Friday.",
      target_url: "/billing/invoices/2041",
    }),
    notification({
      age: 14,
      event_name: "mention.created",
      title: "Bob mentioned you in “Launch plan”",
      body: "Can you check the dates before we send it to the printer?",
      target_url: "/documents/3#comment-12",
    }),
    notification({
      age: 38,
      severity: "warning",
      event_name: "sync.failed",
      title: "The CRM import stopped at row 118",
      body: "Row 118 has no email address.\nRow 131 has no email address.\nThe other 212 rows were imported.",
      target_url: "/integrations/crm",
    }),
    notification({
      ...read(3 * HOUR),
      severity: "success",
      event_name: "document.ready",
      title: "Your quarterly report is ready",
      body: "Twelve pages, as PDF.",
      target_url: "/reports/7",
    }),
    notification({
      ...read(26 * HOUR),
      event_name: "comment.added",
      title: "Carol commented on “Pricing page”",
      body: "I would leave the old headline. It says what it costs, and nobody asked us about it since March.",
      target_url: "/documents/5",
    }),
    notification({
      age: 29 * HOUR,
      severity: "warning",
      event_name: "security.role_changed",
      title: "You are now an administrator of the workspace",
      target_url: "/settings/members",
    }),
    notification({
      ...read(3 * DAY),
      event_name: "review.asked",
      title: "Bob asks you to review “Terms of service, draft 4”",
      target_url: "/documents/9",
    }),
    notification({
      ...read(4 * DAY),
      severity: "success",
      event_name: "publication.checked",
      title: "All 42 links of “Getting started” work",
    }),
    ...Array.from({ length: 60 }, (_, index) =>
      notification({
        ...read((5 + index / 8) * DAY),
        event_name: "job.finished",
        title: `Nightly backup ${60 - index} finished`,
      }),
    ),
  ];
}
