"""Read and store what a person wants to hear: one statement each."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from carillon.database import Database
from carillon.models.preferences import NewPreferences, Preferences
from carillon.models.recipient import EmailAddress
from carillon.settings import PreferenceSettings

_CHOICES = ("in_app_enabled", "email_enabled", "push_enabled", "digest_minutes")
_address: TypeAdapter[str] = TypeAdapter(EmailAddress)


def get(database: Database, settings: PreferenceSettings, user_id: str) -> Preferences:
    """What holds for a person. Somebody unknown gets the stack's defaults."""
    return _effective(database.rows("get_preferences", {"user_id": user_id})[0], settings)


def put(
    database: Database,
    settings: PreferenceSettings,
    user_id: str,
    new: NewPreferences,
    claims: Mapping[str, Any] | None = None,
) -> Preferences:
    """Store a person's choices, whole, and answer what holds now.

    `claims` are those of the person's own token: when email is on and no address is stored, its verified address is.
    """
    email_on = settings.default_email_enabled if new.email_enabled is None else new.email_enabled
    parameters = {
        "user_id": user_id,
        **new.model_dump(include=set(_CHOICES)),
        "claimed_email": verified_email(claims) if claims and email_on else None,
    }
    return _effective(database.rows("put_preferences", parameters)[0], settings)


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """The address in a token that its issuer has verified (OpenID Connect Core, section 5.1), if it is a usable one.

    An HTTP API passes claims on as text, so that `true` may arrive as a word.
    """
    if claims.get("email_verified") not in (True, "true"):
        return None
    try:
        return _address.validate_python(claims.get("email"))
    except ValidationError:
        return None


def _effective(row: Mapping[str, Any], settings: PreferenceSettings) -> Preferences:
    chosen = {name: getattr(settings, f"default_{name}") if row[name] is None else row[name] for name in _CHOICES}
    return Preferences(**chosen, address_known=row["address_known"], updated_at=row["updated_at"])
