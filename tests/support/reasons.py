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
    reasons: dict[str, set[str]] = {"off": set(), "now": set(), "digest": set()}
    route = _between(_sql("functions", "20_routing.sql"), "FUNCTION route(", "$$;")
    for way in route.split("RETURN made;"):  # each way out of the function; without another action, a route is off
        actions = re.findall(rf"made\.action := {_WORD}", way) or ["off"]
        for reason in re.findall(rf"made\.reason := (?:CASE .*? ELSE )?{_WORD}(?! \|\|)", way):
            reasons[actions[-1]].add(reason)
        if "'severity_' ||" in way:
            assert actions == ["now", "digest"]
            reasons["now"] |= {f"severity_{severity}" for severity in SEVERITIES}
            # A critical notification is always sent now.
            reasons["digest"] |= {f"severity_{severity}" for severity in SEVERITIES[:-1]}
    place = _between(_sql("functions", "22_place.sql"), "FUNCTION place(", "$$;")
    reasons["digest"] |= set(re.findall(rf"made\.reason := {_WORD}", place))
    reasons["off"] |= set(re.findall(rf"made\.channel, 'off', {_WORD}", place))
    obstacles = _between(_sql("functions", "16_channels.sql"), "FUNCTION contacts(", "$$;")
    reasons["off"] |= set(re.findall(rf"THEN {_WORD}", obstacles))
    suppressed = _between(_sql("0003_operations.sql"), "reason text NOT NULL CHECK (reason IN (", ")")
    reasons["off"] |= set(re.findall(_WORD, suppressed))
    return reasons


def excluded_reasons() -> set[str]:
    """Return the reasons to exclude an item or skip a delivery: the claim's own, and those of routing for `off`."""
    checked = _between(_sql("functions", "33_final_check.sql"), "FUNCTION final_check(", "$$;")
    own = re.findall(rf"THEN {_WORD}", checked)
    return {*own, "already_read", *routing_reasons()["off"]}


def digest_kinds() -> set[str]:
    """Return the words with which a digest key can begin."""
    schedule, place = _sql("functions", "21_schedule.sql"), _sql("functions", "22_place.sql")
    return set(re.findall(r"'([a-z]+):'", schedule + place))
