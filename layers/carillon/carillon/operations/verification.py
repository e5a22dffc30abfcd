"""The verification of the whole database: each notification has exactly one answer on each channel, and a true one.

Each rule is one statement, `statements/verify/<rule>.sql`. It counts the rows that break the rule and returns the
first of them. A statement sees one snapshot, so the verification may run while Carillon works.
"""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from carillon.database.connection import Database
from carillon.models.channel import CHANNELS
from carillon.operations.answers import Breach, Verification
from carillon.settings.groups import VerifySettings

# A row that breaks one of these rules is a defect of Carillon, or the result of a change by hand.
RULES = {
    "answered": "Each notification has an answer for each channel: off, or an item in a delivery.",
    "answered_once": "A channel that routing switched off has no item in a delivery.",
    "items_belong": "An item's delivery exists, and is for the same person and channel.",
    "deliveries_have_items": "A delivery has at least one item.",
    "digests_open": "A digest is open from its first item until it is claimed, and never again.",
    "sent_is_proven": "A sent delivery has a time, the provider's message id and at least one item that was in it.",
    "sent_once": "A delivery is never claimed again after it was sent.",
    "proof_is_kept": "A delivery with a provider event is sent, and its provider status is the worst event.",
    "skipped_has_reason": "A skipped delivery has a reason, and had no item left to send.",
    "failed_has_code": "A failed delivery has an error code.",
    "leases_end": "No worker holds a delivery for longer than the reaper takes to reset it.",
    "attempts_were_claims": "No more attempts than claims, and no claim in the history twice or above `claim_no`.",
    "limits_hold": "No more deliveries opened for a person and minute than the limit, and one overflow digest.",
}
# Nothing is wrong with such a row, but an operator should look at it.
WARNINGS = {"on_time": "A due delivery is sent within the time that a repair takes."}


def verify(
    database: Database,
    settings: VerifySettings,
    *,
    rules: Sequence[str] = (*RULES, *WARNINGS),
    rows: int = 20,
) -> Verification:
    """Find rows that break the given rules, and return at most `rows` rows of each.

    Each rule is a statement of its own. A caller with little time checks one rule at a time.

    Raises:
        Unavailable: the database does not answer.
    """
    result = Verification(broken={}, breaches=[], warnings=[])
    parameters = _parameters(settings) | {"rows": rows}
    for rule in rules:
        broken = database.rows(f"verify/{rule}", parameters)
        result.broken[rule] = broken[0]["broken"] if broken else 0
        target = result.warnings if rule in WARNINGS else result.breaches
        target += [Breach.model_validate({"rule": rule} | row) for row in broken]
    return result


def _parameters(settings: VerifySettings) -> dict[str, object]:
    # The reaper repairs a delivery at its next run after the lease ended, or after the message counts as lost.
    repair = max(settings.stuck_after_seconds + settings.reset_jitter_seconds, settings.redispatch_after_seconds)
    margin = settings.reaper_interval_seconds + settings.verify_slack_seconds
    return {
        "lease_seconds": settings.stuck_after_seconds + margin,
        "repair_seconds": repair + margin,
        "retention_days": settings.retention_days,
        "channels": list(CHANNELS),
        "per_minute": Jsonb(settings.per_minute),
    }
