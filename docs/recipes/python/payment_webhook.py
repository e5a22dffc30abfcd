"""A payment provider sends each event at least once. The customer hears of it once."""

from dataclasses import dataclass

from carillon_client import Client


@dataclass(frozen=True)
class PaymentFailed:
    """An event of the provider, after you have checked its signature."""

    id: str  # the provider's id: each repeat of the event has the same one
    customer: str
    invoice: str
    amount: str


def payment_failed(carillon: Client, event: PaymentFailed) -> None:
    """Notify the customer. If this raises, answer 500: the provider sends the event again."""
    carillon.notifications.create(
        event.customer,
        event_name="invoice.payment_failed",
        title=f"Your payment of {event.amount} failed",
        severity="critical",
        target_url=f"/invoices/{event.invoice}",
        idempotency_key=event.id,
        idempotency_mode="first",  # the wording may change between two attempts: the first one stays
    )
