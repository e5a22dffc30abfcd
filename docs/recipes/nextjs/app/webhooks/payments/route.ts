import { carillon } from "@/lib/carillon";
import { verifiedEvent } from "@/lib/payments";

/** The webhook of a payment provider. `verifiedEvent` checks the signature, and resolves to null if it is wrong. */
export async function POST(request: Request): Promise<Response> {
  const event = await verifiedEvent(request);
  if (!event) return new Response(null, { status: 400 });
  if (event.type === "invoice.payment_failed")
    // An error answers 500, and the provider sends the event again.
    await carillon().notifications.create({
      user_id: event.customer,
      event_name: "invoice.payment_failed",
      title: "Your payment failed",
      severity: "critical",
      target_url: `/invoices/${event.invoice}`,
      idempotency_key: event.id,
      idempotency_mode: "first",
    });
  return new Response(null, { status: 204 });
}
