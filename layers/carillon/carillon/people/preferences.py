"""Read and store what a person wants to hear: one statement each."""

from collections.abc import Mapping
from typing import Any, get_args

from psycopg.types.json import Jsonb
from pydantic import TypeAdapter, ValidationError

from carillon.categories import Categories
from carillon.database.connection import Database
from carillon.errors import Invalid
from carillon.models.category import CategoryDescription
from carillon.models.delivery import Channel
from carillon.models.preferences import NewPreferences, Preferences, Switch
from carillon.models.recipient import EmailAddress
from carillon.settings.groups import RoutingSettings

# What to do about an address that no email goes to. It stays suppressed however often it is given again.
EMAIL_HELP: Mapping[str, CategoryDescription] = {
    "bounced": CategoryDescription(
        en="Email to this address came back, so no more is sent to it. Give another address, or ask support if it "
        "works again.",
        fr="Les e-mails envoyés à cette adresse sont revenus : rien de plus n'y est envoyé. Indiquez une autre "
        "adresse, ou contactez l'assistance si elle fonctionne à nouveau.",
    ),
    "complained": CategoryDescription(
        en="Email to this address was reported as spam, so no more is sent to it. Give another address, or ask support "
        "to send to it again.",
        fr="Un e-mail envoyé à cette adresse a été signalé comme indésirable : rien de plus n'y est envoyé. Indiquez "
        "une autre adresse, ou contactez l'assistance.",
    ),
}

_SWITCHES: tuple[Switch, ...] = get_args(Switch)
_CHANNELS: tuple[Channel, ...] = get_args(Channel)
_address: TypeAdapter[str] = TypeAdapter(EmailAddress)


def get(database: Database, settings: RoutingSettings, user_id: str) -> Preferences:
    """What holds for a person. Somebody unknown gets the stack's defaults."""
    row = database.rows("people/get_preferences", {"user_id": user_id, **_asked(settings)})[0]
    return _effective(row["preferences"], settings)


def put(
    database: Database,
    settings: RoutingSettings,
    user_id: str,
    new: NewPreferences,
    claims: Mapping[str, Any] | None = None,
) -> Preferences:
    """Store a person's choices, whole, and answer what holds now.

    `claims` are those of the person's own token: when email is on and no address is stored, its verified address is.

    Raises:
        Invalid: a rule is about a channel that is mandatory for its category. Nothing is stored.
    """
    rules = new.rules_said()
    if refused := _about_mandatory(rules, settings.categories):
        raise Invalid(details=refused)
    email_on = settings.default_email_enabled if new.email_enabled is None else new.email_enabled
    email_on = email_on or any(said.get("email", {}).get("enabled") for said in rules.values())
    quiet = new.quiet_hours
    parameters = {
        "user_id": user_id,
        **_asked(settings),
        **_chosen(new, settings),
        "rules": Jsonb(rules),
        "quiet_from": quiet["from"] if quiet else None,
        "quiet_to": quiet["to"] if quiet else None,
        "claimed_email": verified_email(claims) if claims and email_on else None,
    }
    return _effective(database.rows("people/put_preferences", parameters)[0]["preferences"], settings)


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


def _asked(settings: RoutingSettings) -> dict[str, Any]:
    """What both statements need to say what holds in each category."""
    return {
        "settings": Jsonb(settings.for_sql()),
        "categories": [category.name for category in settings.categories.declared],
    }


def _chosen(new: NewPreferences, settings: RoutingSettings) -> dict[str, Any]:
    """The switches that the person chose; None for the others.

    An answer tells what holds, the stack's defaults too. Sent back, these must not become choices: a person's switch
    comes before the defaults of all categories.
    """
    unchosen = {name for name in new.by_default or [] if getattr(new, name) == getattr(settings, f"default_{name}")}
    return {name: None if name in unchosen else getattr(new, name) for name in _SWITCHES}


def _about_mandatory(rules: Mapping[str, Any], categories: Categories) -> list[dict[str, str]]:
    """A problem for each rule about a channel that is not for the person to rule."""
    return [
        {
            "field": f"rules.{name}.{channel}",
            "message": f"{channel} is mandatory for {category}: the operator decided that nobody may miss it, so that "
            "no rule can change it",
        }
        for name, said in rules.items()
        for channel in _CHANNELS
        if channel in said and (category := categories.mandatory_by(name, channel))
    ]


def _effective(row: Mapping[str, Any], settings: RoutingSettings) -> Preferences:
    switches = {name: getattr(settings, f"default_{name}") if row[name] is None else row[name] for name in _SWITCHES}
    return Preferences.model_validate({
        **row,
        **switches,
        "by_default": [name for name in _SWITCHES if row[name] is None],
        "rules": _without_overruled(row["rules"] or {}, settings.categories),
        "categories": [
            {"description": category.description, "audit": settings.categories.audited(category.name), **state}
            for category, state in zip(settings.categories.declared, row["categories"], strict=True)
        ],
        "channels": settings.channels,
        "email_help": EMAIL_HELP.get(row["email_status"]),
    })  # fmt: skip


def _without_overruled(rules: Mapping[str, Any], categories: Categories) -> dict[str, Any]:
    """The rules without those about what became mandatory since: an answer may be sent back, and these are refused."""
    kept = {
        name: {channel: said for channel, said in rule.items() if not categories.mandatory_by(name, channel)}
        for name, rule in rules.items()
    }
    return {name: rule for name, rule in kept.items() if rule}
