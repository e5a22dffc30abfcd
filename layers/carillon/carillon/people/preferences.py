"""A person's preferences: one statement reads them, and one stores them."""

from collections.abc import Mapping
from typing import Any, get_args

from psycopg.types.json import Jsonb
from pydantic import TypeAdapter, ValidationError

from carillon.categories import Categories
from carillon.database.connection import Database
from carillon.errors import Invalid
from carillon.models.address import EmailAddress
from carillon.models.category import Category, CategoryDescription
from carillon.models.channel import CHANNELS
from carillon.models.language import LANGUAGES
from carillon.models.preferences import SWITCHES, NewPreferences, Preferences, switch_of
from carillon.settings.routing import RoutingSettings
from carillon.words import WORDS
from carillon.words.types import Suppression

# Help for a person whose address gets no email. A suppressed address stays suppressed if the person gives it again.
_EMAIL_HELP = {
    status: CategoryDescription.model_validate({language: WORDS[language].email_help[status] for language in LANGUAGES})
    for status in get_args(Suppression)
}

_address: TypeAdapter[str] = TypeAdapter(EmailAddress)


def get(database: Database, settings: RoutingSettings, user_id: str) -> Preferences:
    """Return a person's preferences. For an unknown person, return the stack's defaults."""
    row = database.rows("people/get_preferences", {"user_id": user_id, "settings": settings.for_all_events})[0]
    return _effective(row["preferences"], settings)


def put(
    database: Database,
    settings: RoutingSettings,
    user_id: str,
    new: NewPreferences,
    claims: Mapping[str, Any] | None = None,
) -> Preferences:
    """Replace a person's choices and return the preferences that result.

    `claims` come from the person's own token. If email is on and no address is stored, store the token's verified
    address.

    Raises:
        Invalid: a rule is about a channel that is mandatory for its category. Nothing is stored.
    """
    rules = new.rules_said()
    if refused := _about_mandatory(rules, settings.categories):
        raise Invalid(details=refused)
    email_chosen: bool | None = getattr(new, switch_of("email"))
    email_on = settings.default_email == "all" if email_chosen is None else email_chosen
    email_on = email_on or any(rule.get("email", {}).get("enabled") for rule in rules.values())
    quiet = new.quiet_hours
    chosen = _chosen(new, settings)
    parameters = {
        "user_id": user_id,
        "settings": settings.for_all_events,
        "in_app_enabled": chosen["in_app_enabled"],
        "digest_minutes": chosen["digest_minutes"],
        "channels": Jsonb({channel: on for channel in CHANNELS if (on := chosen[switch_of(channel)]) is not None}),
        "rules": Jsonb(rules),
        "quiet_from": quiet["from"] if quiet else None,
        "quiet_to": quiet["to"] if quiet else None,
        "timezone": new.timezone,
        "timezone_known": new.timezone_known is True,
        "claimed_email": verified_email(claims) if claims and email_on else None,
    }
    return _effective(database.rows("people/put_preferences", parameters)[0]["preferences"], settings)


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """Return the token's address if its issuer verified it and it is valid (OpenID Connect Core, section 5.1).

    An HTTP API passes claims on as text, so `true` may arrive as a string.
    """
    if claims.get("email_verified") not in (True, "true"):
        return None
    try:
        return _address.validate_python(claims.get("email"))
    except ValidationError:
        return None


def _chosen(new: NewPreferences, settings: RoutingSettings) -> dict[str, Any]:
    """Return the switches that the person chose, and None for the others.

    An answer of `GET /preferences` also has the stack's defaults. If a client sends the answer back, the defaults must
    not become choices, because a person's switch comes before the defaults of all categories.
    """
    unchosen = {name for name in new.by_default or [] if getattr(new, name) == getattr(settings, f"default_{name}")}
    return {name: None if name in unchosen else getattr(new, name) for name in SWITCHES}


def _about_mandatory(rules: Mapping[str, Any], categories: Categories) -> list[dict[str, str]]:
    """Return a problem for each rule about a channel that is mandatory for its category."""
    return [
        {
            "field": f"rules.{name}.{channel}",
            "message": f"{channel} is mandatory for {category}: the operator decided that nobody may miss it, so that "
            "no rule can change it",
        }
        for name, rule in rules.items()
        for channel in CHANNELS
        if channel in rule and (category := categories.mandatory_by(name, channel))
    ]


def _effective(row: Mapping[str, Any], settings: RoutingSettings) -> Preferences:
    chosen = {**row, **{switch_of(channel): row["channels"].get(channel) for channel in CHANNELS}}
    switches = {
        name: getattr(settings, f"default_{name}") if chosen[name] is None else chosen[name] for name in SWITCHES
    }
    return Preferences.model_validate({
        **row,
        **switches,
        "by_default": [name for name in SWITCHES if chosen[name] is None],
        "rules": _without_overruled(row["rules"] or {}, settings.categories),
        "categories": [_category(settings, category, row["categories"]) for category in settings.categories.declared],
        "channels": settings.channels,
        "default_email": settings.default_email,
        "email_help": _EMAIL_HELP.get(row["email_status"]),
    })  # fmt: skip


def _category(settings: RoutingSettings, category: Category, states: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declared category with what holds in it for the person on each channel."""
    name = category.name
    return {
        "name": name,
        "description": category.description,
        "audit": settings.categories.audited(name),
        "only_if_unread_minutes": settings.categories.only_if_unread_minutes(name),
        "mandatory": [channel for channel in CHANNELS if settings.categories.mandatory_by(name, channel)],
        **states[name],
    }


def _without_overruled(rules: Mapping[str, Any], categories: Categories) -> dict[str, Any]:
    """Return the rules without those about channels that became mandatory after the person chose.

    A client may send the answer back, and such a rule would be rejected.
    """
    kept = {
        name: {channel: choice for channel, choice in rule.items() if not categories.mandatory_by(name, channel)}
        for name, rule in rules.items()
    }
    return {name: rule for name, rule in kept.items() if rule}
