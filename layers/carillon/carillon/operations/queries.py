"""What operators look at: nothing here changes a row, and no answer quotes what a notification says."""

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from carillon.database.connection import Database
from carillon.errors import Invalid, NotFound
from carillon.models.story import Story
from carillon.notifications.explanation import explain
from carillon.operations import verification
from carillon.operations.answers import Act, Acts, Event, Failures, Outlook, Outlooks, Stats, Trace, Verified
from carillon.operations.arguments import (
    AboutFailed,
    AboutNotification,
    AboutPerson,
    Log,
    Lookup,
    Nothing,
    Position,
    Verify,
)
from carillon.operations.people_answers import LastNotification, PersonAnswer, ProducerReputation, Reputations
from carillon.people import preferences
from carillon.settings import OperatorSettings

# What a time line says of an entry besides its name, in this order.
_DETAILS = ("claim_no", "replay", "code", "times")


@dataclass(frozen=True, slots=True)
class Asked:
    """Where an action works, and who asked for it."""

    database: Database
    settings: OperatorSettings
    operator: str

    def row(self, name: str, **parameters: Any) -> dict[str, Any]:
        """The one row of a statement that always has one, with the settings of routing and the operator's name."""
        return self.database.rows(
            name, {"settings": Jsonb(self.settings.for_sql()), "operator": self.operator, **parameters}
        )[0]


def stats(asked: Asked, _: Nothing) -> Stats:
    """The table of deliveries at a glance."""
    row = asked.row("operations/stats")
    sent, quick = row["sent_last_hour"], row["within_10_seconds"]
    return Stats.model_validate(row | {"percent_within_10_seconds": round(100 * quick / sent, 1) if sent else None})


def user(asked: Asked, about: AboutPerson) -> PersonAnswer:
    """How a person is reached, what holds for them, and what became of their last notifications."""
    row = asked.row("operations/user", user_id=about.user_id)
    last = [
        LastNotification.model_validate(story | {"channels": explain(Story.model_validate(story))})
        for story in row["stories"]
    ]
    held = preferences.get(asked.database, asked.settings, about.user_id)
    return PersonAnswer(
        user_id=about.user_id, known=row["known"], email=row["email"], email_status=row["email_status"],
        devices=row["devices"], preferences=held, last=last,
    )  # fmt: skip


def trace(asked: Asked, about: AboutNotification) -> Trace:
    """The whole story of a notification.

    Raises:
        NotFound: there is none.
    """
    row = asked.database.row("operations/trace", {"id": about.notification_id})
    if row is None:
        raise NotFound("There is no such notification: it never was, or it was pruned or erased.")
    story: dict[str, Any] = row["story"]
    return Trace.model_validate(
        story | {"channels": explain(Story.model_validate(story)), "time_line": time_line(story)}
    )


def time_line(story: dict[str, Any]) -> list[Event]:
    """What happened to a notification and its deliveries, the oldest first.

    `story` is an answer of notification_stories (database/schema/functions/61_stories.sql).
    """
    told = [_event(story["created_at"], "recorded", detail=f"{story['severity']}, by {story['created_by']}")]
    for channel, route in story["routing"].items():
        rule = f", by {route['rule']}" if route.get("rule") else ""
        told.append(_event(story["created_at"], f"routed: {route['action']}", channel, f"{route['reason']}{rule}"))
    for delivery in story["deliveries"]:
        channel = delivery["channel"]
        if delivery["created_at"] < story["created_at"]:
            told.append(_event(story["created_at"], "joined", channel, "a digest that was open"))
        told.append(_event(delivery["first_available_at"], "due", channel))
        if delivery["dispatched_at"]:
            told.append(_event(delivery["dispatched_at"], "dispatched", channel, "to the queue, for the last time"))
        for entry in delivery["history"]:
            details = [f"{name} {entry[name]}" for name in _DETAILS if entry.get(name) is not None]
            told.append(_event(entry["at"], entry["event"], channel, ", ".join(details) or None))
        if delivery["left_out"] and delivery["finished_at"]:
            told.append(_event(delivery["finished_at"], "left out", channel, delivery["left_out"]))
    for column, what in (
        ("send_at", "scheduled for"),
        ("read_at", "read"),
        ("archived_at", "archived"),
        ("retracted_at", "retracted"),
        ("expires_at", "expires"),
    ):
        if story[column]:
            told.append(_event(story[column], what))
    return sorted(told, key=lambda event: event.at)


def _event(at: Any, what: str, channel: Any = None, detail: str | None = None) -> Event:
    return Event(at=at, what=what, channel=channel, detail=detail)


def failed(asked: Asked, about: AboutFailed) -> Failures:
    """A page of failed deliveries, and what a message for each would do."""
    row = asked.row("operations/failed", **page_of(about))
    answer = Failures.model_validate(row | {"next": None})
    return answer.model_copy(update={"next": next_page(row["failed"], about.limit)})


def page_of(about: AboutFailed) -> dict[str, Any]:
    """The parameters that choose a page of failed deliveries."""
    return {
        "code": about.code,
        "since": about.since,
        "after_at": about.after.finished_at if about.after else None,
        "after_id": about.after.delivery_id if about.after else None,
        "limit": about.limit,
    }


def next_page(rows: list[dict[str, Any]], limit: int) -> Position | None:
    """Where to go on after a page; None after the last."""
    if len(rows) < limit:
        return None
    return Position(finished_at=rows[-1]["finished_at"], delivery_id=rows[-1]["delivery_id"])


def lookup(asked: Asked, about: Lookup) -> Outlooks:
    """What a message for each of these deliveries would do. A replay's is logged, since it is about to be sent."""
    rows = asked.database.rows(
        "operations/lookup",
        {
            "settings": Jsonb(asked.settings.for_sql()),
            "operator": asked.operator,
            "ids": about.delivery_ids,
            "code": about.code,
            "replay": about.replay,
            "log": Jsonb({"code": about.code} if about.code else {}),
        },
    )
    return Outlooks(deliveries=[Outlook.model_validate(row) for row in rows])


def reputation(asked: Asked, _: Nothing) -> Reputations:
    """What became of each producer's email within a day."""
    rows = asked.database.rows("operations/reputation", {"limits": Jsonb(asked.settings.limits_for_sql())})
    return Reputations(producers=[ProducerReputation.model_validate(row) for row in rows])


def log(asked: Asked, about: Log) -> Acts:
    """The last acts of operators, the newest first."""
    return Acts(acts=[Act.model_validate(row) for row in asked.database.rows("operations/log", {"limit": about.limit})])


def verify(asked: Asked, about: Verify) -> Verified:
    """Whether some rules of the accounting hold, and which there are.

    Raises:
        Invalid: one of them is none.
    """
    rules = {**verification.RULES, **verification.WARNINGS}
    if unknown := set(about.rules) - set(rules):
        raise Invalid(f"There is no rule {', '.join(sorted(unknown))}.")
    found = verification.verify(asked.database, asked.settings, rules=about.rules, rows=about.rows)
    return Verified(rules=rules, **dict(found))
