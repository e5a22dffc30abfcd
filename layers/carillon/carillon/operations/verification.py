"""The accounting rule over a whole database: what has no answer, two answers, or one that cannot be true.

Each rule is one statement, `statements/verify/<rule>.sql`. It names the rows that break the rule, counts them all and
returns the first of them. It sees one moment, so it may run while everything else does.
"""

from collections.abc import Sequence

from carillon.database.connection import Database
from carillon.operations.breaches import Breach, Verification
from carillon.settings.groups import VerifySettings

# What each rule demands. A row that breaks one is a defect, in Carillon or in what was done to its tables by hand.
RULES = {
    "answered": "A notification has an answer for each channel: off, or an item in a delivery.",
    "answered_once": "What routing switched off is in no delivery.",
    "items_belong": "An item's delivery exists, and is for the same person and channel.",
    "deliveries_have_items": "A delivery is about something.",
    "digests_open": "A digest is open from its first item until it is claimed, and never again.",
    "sent_is_proven": "What was sent has a time, the provider's message id and something that was in it.",
    "sent_once": "What was sent is never claimed again.",
    "proof_is_kept": "What a provider told of is sent, and its state is the worst of what was told.",
    "skipped_has_reason": "What was skipped says why, and had nothing left to send.",
    "failed_has_code": "What failed says why.",
    "leases_end": "No worker holds a delivery for longer than the reaper takes to put it back.",
    "attempts_were_claims": "No more attempts than claims, and no claim in the history twice or beyond the fence.",
    "limits_hold": "No more deliveries opened for a person and minute than the limit, and one digest of the rest.",
}
# What nobody did wrong, but somebody should look at.
WARNINGS = {"on_time": "What is due leaves within the time that a repair takes."}


def verify(
    database: Database,
    settings: VerifySettings,
    *,
    rules: Sequence[str] = (*RULES, *WARNINGS),
    rows: int = 20,
) -> Verification:
    """Look for rows that break the given rules, and return at most `rows` of each.

    Each rule is a statement of its own: a caller that has little time asks for one at a time.

    Raises:
        Unavailable: the database does not answer.
    """
    found = Verification(broken={}, breaches=[], warnings=[])
    parameters = _parameters(settings) | {"rows": rows}
    for rule in rules:
        listed = database.rows(f"verify/{rule}", parameters)
        found.broken[rule] = listed[0]["broken"] if listed else 0
        target = found.warnings if rule in WARNINGS else found.breaches
        target += [Breach.model_validate({"rule": rule} | row) for row in listed]
    return found


def _parameters(settings: VerifySettings) -> dict[str, object]:
    # A delivery is repaired after its lease, or after its message counts as lost, and the reaper's next run.
    repair = max(settings.stuck_after_seconds + settings.reset_jitter_seconds, settings.redispatch_after_seconds)
    margin = settings.reaper_interval_seconds + settings.verify_slack_seconds
    return {
        "lease_seconds": settings.stuck_after_seconds + margin,
        "repair_seconds": repair + margin,
        "retention_days": settings.retention_days,
        "email_per_minute": settings.email_per_minute,
        "push_per_minute": settings.push_per_minute,
    }
