"""What operators do about one person: a smoke test of its own recipient, unsuppress, export, erase."""

import hashlib
from collections.abc import Callable
from typing import Any

from psycopg.types.json import Jsonb

from carillon.aws.endpoints import Endpoints
from carillon.aws.suppressions import SuppressionList
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import Invalid
from carillon.identity import Identity
from carillon.models.notification import NewNotification
from carillon.models.preferences import NewPreferences
from carillon.models.recipient import NewContact
from carillon.notifications import record
from carillon.operations.arguments import SMOKE_USER, AboutPerson, Export, Smoke
from carillon.operations.people_answers import Erased, Exported, Smoked, Unsuppressed
from carillon.operations.queries import Asked
from carillon.people import erasure, preferences, recipients

# No personal data of its own: whoever gets it is told what it is.
SMOKE = {
    "user_id": SMOKE_USER,
    "event_name": "carillon.smoke",
    "title": "A test of Carillon: nothing to do",
    "severity": "critical",
}
_MAX_BYTES = 4_000_000  # Lambda answers at most 6 MB


def person_hash(user_id: str) -> str:
    """What the log keeps of a person, so that erasing them leaves nothing: enough to look an act up by their id."""
    return f"sha256:{hashlib.sha256(user_id.encode()).hexdigest()[:16]}"


def smoke(asked: Asked, dispatcher: Dispatcher, endpoints: Endpoints, wanted: Smoke) -> Smoked:
    """Record one critical notification for a recipient that exists for it alone, or remove both again."""
    if wanted.step == "end":
        erasure.erase(asked.database, endpoints, SMOKE_USER)
        return Smoked(notification_id=None, user_id=SMOKE_USER)
    if wanted.to is None:
        raise Invalid(details=[{"field": "to", "message": "an address is needed to start with"}])
    _note(asked, "smoke", {}, 1)
    recipients.put(asked.database, SMOKE_USER, NewContact(email=wanted.to))
    preferences.put(asked.database, asked.settings, SMOKE_USER, NewPreferences(email_enabled=True))
    creator = Identity(subject=SMOKE_USER, producer=SMOKE_USER)
    made = record.create(asked.database, asked.settings, creator, NewNotification.model_validate(SMOKE), None)
    dispatcher.dispatch(made.dispatch)
    answer: Any = made.answer
    return Smoked(notification_id=answer.notification.id, user_id=SMOKE_USER)


def export(asked: Asked, wanted: Export) -> Exported:
    """A page of all that is stored about a person, content and address too: it is theirs."""
    row = asked.row("operations/export", **wanted.model_dump(), log=Jsonb({"person": person_hash(wanted.user_id)}))
    page: list[dict[str, Any]] = row["notifications"]
    fitting, size = 0, 0
    for entry in page:
        size += len(str(entry).encode())
        if fitting and size > _MAX_BYTES:
            break
        fitting += 1
    more = fitting < len(page) or len(page) == wanted.limit
    following = page[fitting - 1]["id"] if page and more else None
    return Exported.model_validate(
        row | {"user_id": wanted.user_id, "notifications": page[:fitting], "next": following}
    )


def unsuppress(asked: Asked, lists: Callable[[], SuppressionList], about: AboutPerson) -> Unsuppressed:
    """Send email to a person's address again, although it bounced or was reported as unwanted.

    SES keeps a list of its own, and would bounce the next email: the address is taken off it first.
    """
    found = asked.database.row("operations/find_address", {"user_id": about.user_id})
    email: str | None = found["email"] if found else None
    ses = lists().remove(email) if email and "email" in asked.settings.channels else "not_asked"
    row = asked.row("operations/unsuppress", email=email, log=Jsonb({"person": person_hash(about.user_id)}))
    return Unsuppressed(user_id=about.user_id, reason=row["reason"], address_known=email is not None, ses=ses)


def erase(asked: Asked, endpoints: Endpoints, about: AboutPerson) -> Erased:
    """Delete all that is stored about a person. The log keeps no name."""
    _note(asked, "erase", {"person": person_hash(about.user_id)}, 1)
    erasure.erase(asked.database, endpoints, about.user_id)
    return Erased(user_id=about.user_id)


def _note(asked: Asked, action: str, arguments: dict[str, Any], affected: int) -> None:
    """Such an act is several statements: its line comes before the first."""
    asked.row("operations/note", action=action, log=Jsonb(arguments), affected=affected)
