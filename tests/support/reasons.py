"""The closed lists of reasons, read from the SQL functions that return them."""

import re
from importlib.resources import files

from carillon.models.severity import SEVERITIES

_WORD = "'([a-z_]+)'"


def _sql(*path: str) -> str:
    return re.sub(r"--.*", "", files("carillon").joinpath("database", "schema", *path).read_text("utf-8"))


def _between(text: str, start: str, end: str) -> str:
    return text.split(start, 1)[1].split(end, 1)[0]


def routing_reasons() -> dict[str, set[str]]:
    """Return the reasons that routing can give for each action."""
    routing, place = _sql("functions", "20_routing.sql"), _sql("functions", "22_place.sql")
    reasons: dict[str, set[str]] = {"off": set(), "now": set(), "digest": set()}
    for action, reason in re.findall(rf"'action', {_WORD}, 'reason', {_WORD}(?! \|\|)", routing + place):
        reasons[action].add(reason)
    for action in re.findall(rf"'action', {_WORD}, 'reason', 'severity_' \|\| severity", routing):
        severities = SEVERITIES if action == "now" else SEVERITIES[:-1]  # a critical notification is always sent now
        reasons[action] |= {f"severity_{severity}" for severity in severities}
    reasons["digest"] |= set(re.findall(rf"reason := {_WORD}", place))
    unreachable = _between(routing, "FUNCTION off_reason(", "$$;")
    reasons["off"] |= set(re.findall(rf"(?:THEN|ELSE) {_WORD}", unreachable))
    suppressed = _between(_sql("0004_provider_events.sql"), "reason text NOT NULL CHECK (reason IN (", ")")
    reasons["off"] |= set(re.findall(_WORD, suppressed))
    return reasons


def excluded_reasons() -> set[str]:
    """Return the reasons to exclude an item or skip a delivery: the claim's own, and those of routing for `off`."""
    checked = _between(_sql("functions", "33_left_out.sql"), "checked AS", ")\n    SELECT")
    own = re.findall(rf"THEN {_WORD}", checked)
    return {*own, "already_read", *routing_reasons()["off"]}


def digest_kinds() -> set[str]:
    """Return the words with which a digest key can begin."""
    schedule, place = _sql("functions", "21_schedule.sql"), _sql("functions", "22_place.sql")
    return set(re.findall(r"'([a-z]+):'", schedule + place))
