"""The actions on one person: unsuppress, export and erase, and the smoke test with a recipient of its own."""

from typing import Any

from psycopg.types.json import Jsonb

from carillon.errors import Invalid
from carillon.identity import Identity
from carillon.models.new_notification import NewNotification
from carillon.models.preferences import NewPreferences
from carillon.models.recipient import NewContact
from carillon.notifications import record
from carillon.operations.arguments import SMOKE_USER, ExportArguments, FindArguments, PersonArguments, SmokeArguments
from carillon.operations.logged import for_log
from carillon.operations.people_answers import EraseAnswer, ExportAnswer, FindAnswer, SmokeAnswer, UnsuppressAnswer
from carillon.operations.registry import OperatorContext, action
from carillon.people import data, erasure, preferences, recipients

# The title tells a human who gets the email that it is a test. The notification holds no personal data.
SMOKE = {
    "user_id": SMOKE_USER,
    "event_name": "carillon.smoke",
    "title": "A test of Carillon: nothing to do",
    "severity": "critical",
}
_MAX_PEOPLE = 100  # of one address
_MAX_EXPORT_BYTES = 4_000_000  # Lambda answers at most 6 MB


@action("smoke")
def smoke(context: OperatorContext, arguments: SmokeArguments) -> SmokeAnswer:
    """Record one critical notification for a recipient that exists only for it, or remove both again."""
    if arguments.step == "end":
        erasure.erase(context.database, context.endpoints(), SMOKE_USER, context.operator)
        return SmokeAnswer(notification_id=None, user_id=SMOKE_USER)
    if arguments.to is None:
        raise Invalid(details=[{"field": "to", "message": "an address is needed to start with"}])
    _write_log(context, "smoke", {}, 1)
    recipients.put(context.database, SMOKE_USER, NewContact(email=arguments.to))
    preferences.put(
        context.database, context.settings, SMOKE_USER, NewPreferences.model_validate({"email_enabled": True})
    )
    creator = Identity(subject=SMOKE_USER, producer=SMOKE_USER)
    recorded = record.create(context.database, context.settings, creator, NewNotification.model_validate(SMOKE), None)
    context.dispatcher.dispatch(recorded.dispatch)
    answer: Any = recorded.answer
    return SmokeAnswer(notification_id=answer.notification.id, user_id=SMOKE_USER)


@action("find")
def find(context: OperatorContext, arguments: FindArguments) -> FindAnswer:
    """Return the people who have an address now. The answer does not repeat the address, and no log has it."""
    row = context.row("operations/find_people", address=arguments.address, limit=_MAX_PEOPLE + 1)
    people: list[str] = row["people"]
    return FindAnswer(people=people[:_MAX_PEOPLE], more=len(people) > _MAX_PEOPLE, status=row["status"])


@action("export")
def export(context: OperatorContext, arguments: ExportArguments) -> ExportAnswer:
    """Return a page of all that is stored about a person, with content and address."""
    page = data.export(
        context.database,
        arguments.user_id,
        after=arguments.after,
        requester=context.operator,
        limit=arguments.limit,
        max_bytes=_MAX_EXPORT_BYTES,
    )
    return ExportAnswer.model_validate({**page.model_dump(), "next": page.next_cursor})


@action("unsuppress")
def unsuppress(context: OperatorContext, arguments: PersonArguments) -> UnsuppressAnswer:
    """Allow email to a person's address again after a bounce or a complaint.

    SES keeps a suppression list of its own and would bounce the next email. So the address is removed from it first.
    """
    rows = context.rows("operations/find_address", user_id=arguments.user_id)
    email: str | None = rows[0]["email"] if rows else None
    ses = context.suppressions().remove(email) if email and "email" in context.settings.channels else "not_asked"
    row = context.row("operations/unsuppress", email=email, log=for_log(arguments))
    return UnsuppressAnswer(user_id=arguments.user_id, reason=row["reason"], address_known=email is not None, ses=ses)


@action("erase")
def erase(context: OperatorContext, arguments: PersonArguments) -> EraseAnswer:
    """Delete all that is stored about a person. The log keeps a hash in place of the name."""
    receipt = erasure.erase(context.database, context.endpoints(), arguments.user_id, context.operator)
    return EraseAnswer(user_id=arguments.user_id, receipt=receipt)


def _write_log(context: OperatorContext, name: str, arguments: dict[str, Any], affected: int) -> None:
    """Write a line of the operators' log, before the first of an action's several statements."""
    context.row("operations/note", action=name, log=Jsonb(arguments), affected=affected)
