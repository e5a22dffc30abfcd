"""What a batch's outcomes tell of the providers. A provider's outage is not many deliveries' failures.

When nothing of a batch got through on a channel, the channel pauses itself; once its pause is over, one delivery at a
time is the probe, until one is answered. When that is, and when a provider throttles, the channel gets a pace, which
follows what is taken and what is throttled. The pause and the pace themselves: database/schema/functions/42_pauses.sql.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from carillon.deliveries import backoff
from carillon.models.delivery import CHANNELS, Channel, ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings import DeliverSettings


@dataclass(frozen=True, slots=True)
class Report:
    """News of one channel's provider. `out`: nothing got through, for the `failures`th time in a row; so nothing is
    sent for `seconds`. Not out: a probe was answered. None: neither. `taken` and `throttled` count deliveries; what is
    more than it takes looks again after `turn_seconds`."""

    channel: Channel
    out: bool | None
    failures: int = 0
    seconds: int = 0
    code: str | None = None
    taken: int = 0
    throttled: int = 0
    turn_seconds: int = 0

    def for_sql(self) -> dict[str, object]:
        """The report as the SQL functions take it."""
        return asdict(self)


def reports(settings: DeliverSettings, outcomes: Sequence[tuple[ClaimedDelivery, Outcome]]) -> dict[Channel, Report]:
    """The news of a batch, by channel; none where all is as usual."""
    found: dict[Channel, Report] = {}
    for channel in CHANNELS:
        told = [
            (delivery, outcome)
            for delivery, outcome in outcomes
            if delivery.channel == channel and (outcome.reached is not None or outcome.kind is OutcomeKind.SENT)
        ]
        probes = [delivery.failed_probes for delivery, _ in told if delivery.failed_probes is not None]
        if any(outcome.reached is not False for _, outcome in told):
            taken = sum(outcome.kind is OutcomeKind.SENT for _, outcome in told)
            throttled = sum(_is_a_rate_limit(outcome) for _, outcome in told)
            if probes or throttled or any(delivery.paced for delivery, _ in told):
                found[channel] = Report(
                    channel, False if probes else None, taken=taken, throttled=throttled,
                    turn_seconds=settings.turn_seconds,
                )  # fmt: skip
        elif told:
            failures = max(probes, default=0) + 1
            seconds = backoff.probe_interval(settings, failures)
            found[channel] = Report(channel, True, failures, seconds, told[0][1].code)
    return found


def _is_a_rate_limit(outcome: Outcome) -> bool:
    """Too many at once: neither the account nor one of its parts is paused."""
    return outcome.kind is OutcomeKind.THROTTLED and outcome.pause_seconds is None
