"""A circuit breaker and a send rate for each channel: the report of a batch on its providers.

The circuit breaker opens when all requests of a batch on one channel end without an answer: the channel is paused. When
the pause ends, the breaker is half-open: one delivery at a time is the probe. Any answer to a probe closes it.

The send rate is a token bucket. It exists after an outage, or after the provider throttled. Each accepted message
raises it, and each throttle lowers it by a fixed step, so this is not plain AIMD: see
docs/architecture.md#pauses-outages-and-send-rates.

This module decides what to report. In database/schema/functions, 44_circuit_breaker.sql keeps the pauses, and
45_send_rate.sql the send rates.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from carillon.deliveries import backoff
from carillon.models.channel import CHANNELS, Channel
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings import DeliverSettings


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """A batch's report on the provider of one channel.

    `out` is True if no request got an answer, False if a probe got one, and None otherwise. If True, it is the
    `failures`th time in a row, the channel is paused for `seconds`, and `code` is the first error.

    `taken` and `throttled` count the deliveries that the provider accepted and throttled. `turn_seconds` is the longest
    average wait until the claim checks a delivery over the send rate again.
    """

    channel: Channel
    out: bool | None
    failures: int = 0
    seconds: int = 0
    code: str | None = None
    taken: int = 0
    throttled: int = 0
    turn_seconds: int = 0

    def for_sql(self) -> dict[str, object]:
        """Return the report as the SQL functions take it."""
        return asdict(self)


def reports(
    settings: DeliverSettings, outcomes: Sequence[tuple[ClaimedDelivery, Outcome]]
) -> dict[Channel, ChannelReport]:
    """Return a report for each channel of the batch whose circuit breaker or send rate may change."""
    found: dict[Channel, ChannelReport] = {}
    for channel in CHANNELS:
        report = _report(settings, channel, [pair for pair in outcomes if pair[0].channel == channel])
        if report is not None:
            found[channel] = report
    return found


def _report(
    settings: DeliverSettings, channel: Channel, outcomes: Sequence[tuple[ClaimedDelivery, Outcome]]
) -> ChannelReport | None:
    # An outcome with `reached=None` says nothing about the provider, unless the provider accepted the delivery.
    informative = [
        (delivery, outcome)
        for delivery, outcome in outcomes
        if outcome.reached is not None or outcome.kind is OutcomeKind.SENT
    ]
    if not informative:
        return None
    probes = [delivery.failed_probes for delivery, _ in informative if delivery.failed_probes is not None]
    if all(outcome.reached is False for _, outcome in informative):
        failures = max(probes, default=0) + 1
        seconds = backoff.probe_interval(settings, failures)
        return ChannelReport(channel, out=True, failures=failures, seconds=seconds, code=informative[0][1].code)
    throttled = sum(_exceeded_the_rate(outcome) for _, outcome in informative)
    if not (probes or throttled or any(delivery.paced for delivery, _ in informative)):
        return None
    return ChannelReport(
        channel,
        out=False if probes else None,
        taken=sum(outcome.kind is OutcomeKind.SENT for _, outcome in informative),
        throttled=throttled,
        turn_seconds=settings.turn_seconds,
    )


def _exceeded_the_rate(outcome: Outcome) -> bool:
    """Return whether the provider throttled because of too many requests, and not because the account is paused."""
    return outcome.kind is OutcomeKind.THROTTLED and outcome.pause_seconds is None
