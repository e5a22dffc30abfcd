"""A person's preferences: the channels, the digests, the quiet hours and the rules by category."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    create_model,
    model_validator,
    with_config,
)
from pydantic.alias_generators import to_camel

from carillon.models.category import CategoryDescription, ChannelRules, Grouping
from carillon.models.channel import CHANNELS, Channel, DefaultEmail
from carillon.models.fields import EventName, Request, whole
from carillon.models.moments import Moment
from carillon.models.recipient import TimeZone
from carillon.models.severity import Severity

MAX_RULES = 200


def switch_of(channel: Channel) -> str:
    """Return the name of a channel's general switch in requests and answers."""
    return f"{channel}_enabled"


SWITCHES: tuple[str, ...] = ("in_app_enabled", *map(switch_of, CHANNELS), "digest_minutes")
if TYPE_CHECKING:
    Switch = str  # a type checker knows no literal that is computed
else:
    Switch = Literal[SWITCHES]

_DEFAULT = "Left out or null: the stack's default."
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise ValueError("must be a time of day like 22:00")
    return value


ClockTime = Annotated[str, Field(json_schema_extra={"pattern": f"^{_CLOCK.pattern}$"}), AfterValidator(_clock)]

# `from` is a keyword of Python, so a class cannot have a field of this name.
_Hours = with_config(ConfigDict(extra="forbid"))(TypedDict("QuietHours", {"from": ClockTime, "to": ClockTime}))


def _check_end(hours: _Hours) -> _Hours:
    if hours["from"] == hours["to"]:
        raise ValueError("from and to must differ: quiet hours end")
    return hours


QuietHours = Annotated[_Hours, AfterValidator(_check_end)]


_Choice = StrictBool | None


class _NewInApp(Request):
    in_app_enabled: _Choice = Field(default=None, description=_DEFAULT)


_NEW_SWITCHES: dict[str, Any] = {
    switch_of(channel): (_Choice, Field(default=None, description=_DEFAULT)) for channel in CHANNELS
}


class NewPreferences(create_model("NewSwitches", __base__=_NewInApp, **_NEW_SWITCHES)):
    """`PUT /preferences`: stored whole, so a field that is absent returns to the stack's default."""

    digest_minutes: Annotated[StrictInt, Field(ge=0, le=1440), BeforeValidator(whole)] | None = Field(
        default=None, description=f"How long a digest collects, in minutes; 0 sends at once. {_DEFAULT}"
    )
    quiet_hours: QuietHours | None = Field(
        default=None,
        description="On the person's clock; they pass midnight where `to` is the earlier one. What is not critical "
        "waits for their end. Left out or null: none.",
    )
    timezone: TimeZone | None = Field(
        default=None,
        description="The clock of the quiet hours: a name of the IANA database, like `Europe/Berlin`. It comes before "
        "the contact data. Left out, null, or what applies anyway: the contact data's, else the stack's.",
    )
    timezone_known: StrictBool | None = Field(
        default=None,
        description="As it was answered. True makes `timezone` a choice also where it is the stack's.",
    )
    rules: (
        Annotated[
            dict[EventName, ChannelRules | None],
            Field(max_length=MAX_RULES, json_schema_extra={"additionalProperties": False}),
        ]
        | None
    ) = Field(
        default=None,
        description="By category: the dotted beginning of event names. The most specific one that says something of a "
        "matter decides it, before the general switches. Left out or null: none.",
    )

    by_default: list[Switch] | None = Field(
        default=None,
        max_length=len(SWITCHES),
        description="As it was answered: which of the first four the person never chose. Where the value is still the "
        "stack's default, it stays unchosen, and the defaults of categories go on coming before it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_fields_of_answers(cls, given: Any) -> Any:
        """Drop the fields that only the answer of GET has, so that a client may change an answer and send it back."""
        if not isinstance(given, dict):
            return given
        named = cast("dict[str, Any]", given)
        known = {name for field in cls.model_fields for name in (field, to_camel(field))}
        answered = {name for field in Preferences.model_fields for name in (field, to_camel(field))}
        return {name: value for name, value in named.items() if name in known or name not in answered}

    def rules_said(self) -> dict[str, Any]:
        """Return the rules without empty ones, and their parts without omitted ones."""
        rules: dict[str, Any] = {}
        for name, rule in (self.rules or {}).items():
            channels = {channel: parts for channel, parts in (rule.model_dump() if rule else {}).items() if parts}
            if channels:
                rules[name] = channels
        return rules


class ChannelState(BaseModel):
    """The effective settings of a person on one channel of a category."""

    enabled: bool
    minimum_severity: Severity = Field(description="What is less urgent stays in the app.")
    grouping: Grouping
    rule: str = Field(
        description="Who says whether it is on: `user:<category>`, `user`, `category:<category>` or, for a person who "
        "never chose, `stack:default_<channel>`."
    )
    switchable: bool = Field(description="False where it is mandatory: a rule for it is refused.")


class _Declared(BaseModel):
    name: str
    description: CategoryDescription
    mandatory: list[Channel] = Field(description="The channels that nobody can switch off.")
    audit: bool = Field(description="Kept past the retention.")
    only_if_unread_minutes: int | None = Field(
        description="How long email and push wait, to leave only for what is not yet read; null: they do not."
    )


_STATES: dict[str, Any] = dict.fromkeys(CHANNELS, ChannelState)


class CategoryState(create_model("OneStateForEachChannel", __base__=_Declared, **_STATES)):
    """A category that the operator declared, and what holds in it for a person."""


class _InApp(BaseModel):
    in_app_enabled: bool


_SWITCHES: dict[str, Any] = {switch_of(channel): bool for channel in CHANNELS}


class Preferences(create_model("Switches", __base__=_InApp, **_SWITCHES)):
    """The effective preferences of a person: their choices and, where they made none, the stack's defaults."""

    digest_minutes: int
    by_default: list[Switch] = Field(
        description="Which of these the person never chose: they are the stack's defaults."
    )
    default_email: DefaultEmail = Field(
        description="What a person who never chose gets by email: only `critical` notifications, `all` that are urgent "
        "enough, or none (`off`)."
    )
    quiet_hours: QuietHours | None
    timezone: str = Field(
        description="The time zone of the quiet hours: the person's choice, else the contact data's, else the stack's."
    )
    timezone_known: bool = Field(description="False where the stack's time zone stands in for the person's.")
    rules: dict[str, ChannelRules] = Field(description="What the person chose by category.")
    categories: list[CategoryState] = Field(description="All that are declared, in the operator's order.")
    channels: list[Channel] = Field(description="What this stack can send by.")
    address_known: bool = Field(description="Whether there is an address: without one, no email leaves.")
    email_status: Literal["ok", "bounced", "complained"] | None = Field(
        description="Nothing is sent unless it is `ok`; null: no address is known."
    )
    email_help: CategoryDescription | None = Field(
        description="Why no email leaves for the known address, and what to do about it; null: there is nothing to do."
    )
    device_known: bool = Field(description="Whether there is an enabled device: without one, no push leaves.")
    updated_at: Moment | None = Field(description="When they last chose; null: never.")
