"""What operators do about deliveries: retry, pause, resume, cancel. Each act leaves its line in the operators' log."""

from collections import Counter
from typing import Any

from psycopg.types.json import Jsonb

from carillon.deliveries.dispatch import Dispatcher
from carillon.models.delivery import Dispatch
from carillon.operations.answers import Cancelled, Pauses, Pausing, Retried
from carillon.operations.arguments import Arguments, Cancel, Nothing, Pause, Resume, Retry
from carillon.operations.queries import Asked, next_page, page_of


def said(arguments: Arguments, *without: str) -> Jsonb:
    """What the log keeps of an act's arguments: what was said, without what pages need."""
    pages = {"after", "before", "limit", "dry_run", *without}
    return Jsonb(arguments.model_dump(mode="json", exclude=pages, exclude_none=True))


def retry(asked: Asked, dispatcher: Dispatcher, wanted: Retry) -> Retried:
    """Send a message for each failed delivery of a page: it revives them, also those that were refused for good.

    Nothing is changed here. The claim decides, as for any replay: what was read, retracted, switched off since is
    skipped.
    """
    row = asked.row(
        "operations/retry", **page_of(wanted), before=wanted.before, dry_run=wanted.dry_run, log=said(wanted)
    )
    found: list[dict[str, Any]] = row["failed"]
    refused = 0
    if not wanted.dry_run:
        messages = [Dispatch(delivery_id=each["delivery_id"]) for each in found]
        refused = len(messages) - dispatcher.dispatch(messages)
    skips = Counter(each["reason"] for each in found if each["reason"] is not None)
    return Retried(
        found=len(found), sends=len(found) - skips.total(), skips=dict(skips), refused=refused, before=row["before"],
        next=next_page(found, wanted.limit),
    )  # fmt: skip


def pauses(asked: Asked, _: Nothing) -> Pauses:
    """The pauses in force."""
    return Pauses(pauses=[Pausing.model_validate(row) for row in asked.database.rows("operations/pauses")])


def pause(asked: Asked, wanted: Pause) -> Pauses:
    """Hold back all that matches. An equal pause is not made twice: it gets the new end and reason."""
    row = asked.row("operations/pause", **wanted.model_dump(), log=said(wanted))
    return Pauses(pauses=[Pausing.model_validate(row)])


def resume(asked: Asked, wanted: Resume) -> Pauses:
    """End pauses, and answer which. What waited leaves by the reaper, within minutes."""
    rows = asked.database.rows(
        "operations/resume", {**wanted.model_dump(), "operator": asked.operator, "log": said(wanted)}
    )
    return Pauses(pauses=[Pausing.model_validate(row) for row in rows])


def cancel(asked: Asked, wanted: Cancel) -> Cancelled:
    """Take a page of notifications out of what has not left yet."""
    return Cancelled.model_validate(asked.row("operations/cancel", **wanted.model_dump(), log=said(wanted)))
