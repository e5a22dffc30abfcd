"""The actions that change deliveries: retry, pause, resume and cancel. Each writes a line of the operators' log."""

from collections import Counter
from typing import Any

from carillon.models.delivery import Dispatch
from carillon.operations.answers import CancelAnswer, PausesAnswer, RetryAnswer, StoredPause
from carillon.operations.arguments import (
    CancelArguments,
    NoArguments,
    PauseArguments,
    ResumeArguments,
    RetryArguments,
)
from carillon.operations.logged import for_log
from carillon.operations.queries import next_page, page_parameters
from carillon.operations.registry import OperatorContext, action


@action("retry")
def retry(context: OperatorContext, arguments: RetryArguments) -> RetryAnswer:
    """Send a message for each failed delivery of a page. A message revives also a delivery that was refused for good.

    This action changes no delivery. As for every replay, the claim decides: it skips what was read, retracted or
    switched off since.
    """
    row = context.row(
        "operations/retry",
        **page_parameters(arguments),
        ids=arguments.ids or [],
        before=arguments.before,
        dry_run=arguments.dry_run,
        log=for_log(arguments),
    )
    failed: list[dict[str, Any]] = row["failed"]
    refused = 0
    if not arguments.dry_run:
        messages = [Dispatch(delivery_id=delivery["delivery_id"]) for delivery in failed]
        refused = len(messages) - context.dispatcher.dispatch(messages)
    skips = Counter(delivery["reason"] for delivery in failed if delivery["reason"] is not None)
    return RetryAnswer(
        found=len(failed),
        sends=len(failed) - skips.total(),
        skips=dict(skips),
        refused=refused,
        before=row["before"],
        named=[] if arguments.after else row["named"],
        next=next_page(failed, arguments.limit),
    )


def _pauses(rows: list[dict[str, Any]]) -> PausesAnswer:
    return PausesAnswer(pauses=[StoredPause.model_validate(row) for row in rows])


@action("pauses")
def pauses(context: OperatorContext, _: NoArguments) -> PausesAnswer:
    """Return the pauses in force."""
    return _pauses(context.rows("operations/pauses"))


@action("pause")
def pause(context: OperatorContext, arguments: PauseArguments) -> PausesAnswer:
    """Defer all deliveries that match. If an equal pause exists, it gets the new end and reason."""
    return _pauses(context.rows("operations/pause", **arguments.model_dump(), log=for_log(arguments)))


@action("resume")
def resume(context: OperatorContext, arguments: ResumeArguments) -> PausesAnswer:
    """End the pauses that match, and return them. The reaper dispatches the deferred deliveries within minutes."""
    return _pauses(context.rows("operations/resume", **arguments.model_dump(), log=for_log(arguments)))


@action("cancel")
def cancel(context: OperatorContext, arguments: CancelArguments) -> CancelAnswer:
    """Cancel a page of notifications on the channels where they were not sent yet."""
    row = context.row("operations/cancel", **arguments.model_dump(), log=for_log(arguments))
    return CancelAnswer.model_validate(row)
