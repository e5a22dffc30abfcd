"""The actions that only read. No answer quotes the content of a notification.

`lookup` is the one exception to reading: it logs a replay, because the command line then moves the messages itself.
"""

from typing import Any

from psycopg.types.json import Jsonb

from carillon.errors import Invalid, NotFound
from carillon.models.story import Story
from carillon.notifications.explanation import explain
from carillon.operations import verification
from carillon.operations.answers import (
    FailedAnswer,
    LogAnswer,
    LogEntry,
    LookupAnswer,
    Outlook,
    StatsAnswer,
    TimelineEvent,
    TraceAnswer,
    VerifyAnswer,
)
from carillon.operations.arguments import (
    CHOSEN,
    Choice,
    FailedArguments,
    LogArguments,
    LookupArguments,
    NoArguments,
    Position,
    TraceArguments,
    UserArguments,
    VerifyArguments,
)
from carillon.operations.logged import for_log
from carillon.operations.people_answers import LastNotification, ProducerReputation, ReputationAnswer, UserAnswer
from carillon.operations.registry import OperatorContext, action
from carillon.people import preferences

# The fields of a history entry that the timeline shows after its name, in this order.
_DETAILS = ("claim_no", "replay", "code", "times")


@action("stats")
def stats(context: OperatorContext, _: NoArguments) -> StatsAnswer:
    """Count the deliveries by state."""
    row = context.row("operations/stats")
    sent, quick = row["sent_last_hour"], row["within_10_seconds"]
    percent = round(100 * quick / sent, 1) if sent else None
    return StatsAnswer.model_validate(row | {"percent_within_10_seconds": percent})


@action("user")
def user(context: OperatorContext, arguments: UserArguments) -> UserAnswer:
    """Describe how a person is reached, their preferences, and the results of a page of their notifications."""
    row = context.row("operations/user", **arguments.model_dump())
    last = [
        LastNotification.model_validate(story | {"channels": explain(Story.model_validate(story))})
        for story in row["stories"]
    ]
    return UserAnswer(
        user_id=arguments.user_id,
        known=row["known"],
        email=row["email"],
        email_status=row["email_status"],
        devices=row["devices"],
        preferences=preferences.get(context.database, context.settings, arguments.user_id),
        last=last,
        next=last[-1].notification_id if len(last) == arguments.limit else None,
    )


@action("trace")
def trace(context: OperatorContext, arguments: TraceArguments) -> TraceAnswer:
    """Return the timeline of one notification.

    Raises:
        NotFound: there is no such notification.
    """
    rows = context.rows("operations/trace", id=arguments.notification_id)
    if not rows:
        raise NotFound("There is no such notification: it never was, or it was pruned or erased.")
    story: dict[str, Any] = rows[0]["story"]
    return TraceAnswer.model_validate(
        story | {"channels": explain(Story.model_validate(story)), "time_line": time_line(story)}
    )


def time_line(story: dict[str, Any]) -> list[TimelineEvent]:
    """Return the events of a notification and its deliveries, the oldest first.

    `story` is an answer of stories (database/schema/functions/61_stories.sql).
    """
    events = [_event(story["created_at"], "recorded", detail=f"{story['severity']}, by {story['created_by']}")]
    for channel, route in story["routing"].items():
        rule = f", by {route['rule']}" if route.get("rule") else ""
        events.append(_event(story["created_at"], f"routed: {route['action']}", channel, f"{route['reason']}{rule}"))
    for delivery in story["deliveries"]:
        channel = delivery["channel"]
        if delivery["created_at"] < story["created_at"]:
            events.append(_event(story["created_at"], "joined", channel, "a digest that was open"))
        events.append(_event(delivery["first_available_at"], "due", channel))
        if delivery["dispatched_at"]:
            events.append(_event(delivery["dispatched_at"], "dispatched", channel, "to the queue, for the last time"))
        for entry in delivery["history"]:
            details = [f"{name} {entry[name]}" for name in _DETAILS if entry.get(name) is not None]
            events.append(_event(entry["at"], entry["event"], channel, ", ".join(details) or None))
        if delivery["status"] == "failed" and not any(entry["event"] == "failed" for entry in delivery["history"]):
            events.append(
                _event(delivery["finished_at"], "failed", channel, f"{delivery['attempts']} attempts used up")
            )
        if delivery["left_out"] and delivery["finished_at"]:
            events.append(_event(delivery["finished_at"], "left out", channel, delivery["left_out"]))
    for column, what in (
        ("send_at", "scheduled for"),
        ("read_at", "read"),
        ("archived_at", "archived"),
        ("retracted_at", "retracted"),
        ("expires_at", "expires"),
    ):
        if story[column]:
            events.append(_event(story[column], what))
    now = Story.model_validate(story).asked_at
    marked = [event.model_copy(update={"to_come": event.at > now}) for event in events]
    return sorted(marked, key=lambda event: event.at)


def _event(at: Any, what: str, channel: Any = None, detail: str | None = None) -> TimelineEvent:
    return TimelineEvent(at=at, what=what, channel=channel, detail=detail)


@action("failed")
def failed(context: OperatorContext, arguments: FailedArguments) -> FailedAnswer:
    """Return a page of failed deliveries, and what a message for each would do now."""
    row = context.row("operations/failed", **page_parameters(arguments))
    return FailedAnswer.model_validate(row | {"next": next_page(row["failed"], arguments.limit)})


def page_parameters(arguments: FailedArguments) -> dict[str, Any]:
    """Return the parameters of a statement that reads a page of failed deliveries."""
    return {
        "chosen": Jsonb(chosen(arguments)),
        "after_at": arguments.after.finished_at if arguments.after else None,
        "after_id": arguments.after.delivery_id if arguments.after else None,
        "limit": arguments.limit,
    }


def chosen(arguments: Choice) -> dict[str, Any]:
    """Return what a request chooses, as 64_failed.sql reads it."""
    return arguments.model_dump(mode="json", include=CHOSEN, exclude_none=True)


def next_page(rows: list[dict[str, Any]], limit: int) -> Position | None:
    """Return the position where the next page begins; None after the last page."""
    if len(rows) < limit:
        return None
    return Position(finished_at=rows[-1]["finished_at"], delivery_id=rows[-1]["delivery_id"])


@action("lookup")
def lookup(context: OperatorContext, arguments: LookupArguments) -> LookupAnswer:
    """Predict what a message for each of these deliveries would do. A replay is logged: it is about to be sent."""
    rows = context.rows(
        "operations/lookup",
        ids=arguments.delivery_ids,
        chosen=Jsonb(chosen(arguments)),
        replay=arguments.replay,
        log=for_log(arguments),
    )
    return LookupAnswer(deliveries=[Outlook.model_validate(row) for row in rows])


@action("reputation")
def reputation(context: OperatorContext, _: NoArguments) -> ReputationAnswer:
    """Count each producer's email of a day by result, the worst producer first."""
    rows = context.rows("operations/reputation", limits=Jsonb(context.settings.limits_for_sql()))
    return ReputationAnswer(producers=[ProducerReputation.model_validate(row) for row in rows])


@action("log")
def log(context: OperatorContext, arguments: LogArguments) -> LogAnswer:
    """Return the last entries of the operators' log, the newest first."""
    rows = context.rows("operations/log", limit=arguments.limit)
    return LogAnswer(acts=[LogEntry.model_validate(row) for row in rows])


@action("verify")
def verify(context: OperatorContext, arguments: VerifyArguments) -> VerifyAnswer:
    """Check some rules, and name all rules that exist.

    Raises:
        Invalid: there is no rule of one of the names.
    """
    rules = {**verification.RULES, **verification.WARNINGS}
    if unknown := set(arguments.rules) - set(rules):
        raise Invalid(f"There is no rule {', '.join(sorted(unknown))}.")
    result = verification.verify(context.database, context.settings, rules=arguments.rules, rows=arguments.rows)
    return VerifyAnswer(rules=rules, **dict(result))
