"""Random preferences, notifications and steps for the property test of routing."""

from typing import Any

from hypothesis import strategies as st

from carillon.models.severity import SEVERITIES

LIMITS = {"email": 2, "push": 3}
CATEGORIES = {
    "mail": {"default": {"email": {"minimum_severity": "info", "grouping": 2}, "push": {"grouping": "now"}}},
    "mail.mention": {"only_if_unread_minutes": 3},
    "law": {"mandatory": ["email"]},
    "hour": {"default": {"email": {"enabled": True, "minimum_severity": "success", "grouping": "hourly"}}},
}
EVENTS = ["mail.comment", "mail.mention", "law.role_changed", "hour.sync", "other.job"]
STARTS = ["2026-03-28T20:58:30Z", "2026-10-24T22:57:45Z", "2026-11-01T04:59:10Z", "2026-06-10T09:30:56Z"]
CHANNELS = ("email", "push")

_choice = st.fixed_dictionaries({}, optional={
    "enabled": st.sampled_from([True, True, False]),
    "minimum_severity": st.sampled_from(SEVERITIES),
    "grouping": st.sampled_from(["now", "hourly", 1, 4]),
})  # fmt: skip
PREFERENCES = st.fixed_dictionaries({
    "in_app": st.sampled_from([None, True, False]),
    "email": st.sampled_from([True, True, True, None]),
    "push": st.sampled_from([True, True, True, False]),
    "digest_minutes": st.sampled_from([None, 0, 1, 3]),
    "rules": st.dictionaries(
        st.sampled_from(["mail", "mail.mention", "law", "other", "other.job"]),
        st.dictionaries(st.sampled_from(CHANNELS), _choice, max_size=2), max_size=3,
    ),
    "quiet": st.sampled_from([None, None, ("22:00", "07:00"), ("22:02", "22:04"), ("00:00", "23:59")]),
    "timezone": st.sampled_from([None, "Europe/Berlin", "America/New_York"]),
})  # fmt: skip
_create = st.fixed_dictionaries({
    "event_name": st.sampled_from(EVENTS),
    "severity": st.sampled_from(["info", "success", "warning", "warning", "warning", "critical"]),
    "batch_key": st.sampled_from([None, None, "t1", "t2", "t3"]),
    "send_in": st.sampled_from([None, None, None, 30, 90, 600]),
    "expires_in": st.sampled_from([None, None, None, None, None, 20, 400, 90_000]),
    "times": st.sampled_from([1, 1, 1, 4, 9]),
})  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), _create),
        st.tuples(st.just("create"), _create),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 20, 59, 61, 200, 3600])),
        st.tuples(st.just("read"), st.integers(0, 50)),
    ),
    min_size=3, max_size=25,
)  # fmt: skip

# Names of events and categories that are often below each other, and rules about them.
NAMES = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=3).map(".".join)
_parts = st.fixed_dictionaries({}, optional={
    "enabled": st.sampled_from([True, True, False]),
    "minimum_severity": st.sampled_from(SEVERITIES),
    "grouping": st.sampled_from(["now", "hourly", 3]),
})  # fmt: skip
NESTED_RULES = st.dictionaries(NAMES, st.fixed_dictionaries({}, optional={"email": _parts, "push": _parts}), max_size=5)


def _without_useless_defaults(category: dict[str, Any]) -> dict[str, Any]:
    """Return a category that the model accepts: a mandatory channel has no default."""
    default = {channel: parts for channel, parts in category.get("default", {}).items()
               if channel not in category.get("mandatory", [])}  # fmt: skip
    return category | {"default": default}


DECLARED = st.dictionaries(NAMES, st.fixed_dictionaries({}, optional={
    "default": st.fixed_dictionaries({}, optional={"email": _parts, "push": _parts}),
    "mandatory": st.sampled_from([[], ["email"], ["push"], ["email", "push"]]),
    "only_if_unread_minutes": st.just(10),
}).map(_without_useless_defaults), max_size=4)  # fmt: skip
