"""Email by Amazon SES: one delivery to one address."""

from functools import partial
from typing import Any, Protocol

from carillon.aws import clients
from carillon.channels.email.errors import refine
from carillon.channels.email.payload import send_email_request
from carillon.channels.errors import outcome_of
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings.groups import ChannelSettings


class SesClient(Protocol):
    """The methods of an SESv2 client that this channel calls."""

    def send_email(self, **request: Any) -> dict[str, Any]:
        """Call SESv2 SendEmail."""
        ...

    def close(self) -> None:
        """Close pooled connections."""
        ...


class EmailChannel:
    """Sends a delivery as one email to one address."""

    def __init__(self, settings: ChannelSettings, client: SesClient | None = None, pool: int = 10) -> None:
        self._settings = settings
        self._refine = partial(refine, email_from=settings.email_from)
        self._connections = clients.Connections(
            client or clients.client("sesv2", timeout_seconds=settings.send_timeout_seconds, pool=pool)
        )

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Make one request to SES and return its outcome. `channels/errors.py` has the table of errors."""
        if delivery.email is None:
            return Outcome(OutcomeKind.REJECTED, "no_address", "The recipient has no email address.")
        try:
            request = send_email_request(delivery, delivery.email, self._settings)
        except Exception as error:  # noqa: BLE001 (nothing was sent: a fixed release can send it)
            return Outcome(OutcomeKind.RETRY, "not_rendered", type(error).__name__)
        try:
            with self._connections.use() as client:
                message_id = client.send_email(**request)["MessageId"]
        except Exception as error:  # noqa: BLE001 (the table says which errors are definite)
            return outcome_of(error, pause_seconds=self._settings.pause_delay_seconds, refine=self._refine)
        return Outcome(OutcomeKind.SENT, provider_message_ids=(message_id,), reached=True)
