"""Categories of events, as an operator declares them, and the rules about them."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    create_model,
    field_validator,
    model_serializer,
    model_validator,
)

from carillon.models.channel import CHANNELS, Channel
from carillon.models.fields import EventName, Request, Summary, whole
from carillon.models.language import LANGUAGES, Language
from carillon.models.severity import Severity

MAX_MINUTES = 1440  # a day


def _grouping(value: object) -> object:
    value = whole(value)
    minutes = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_MINUTES
    if value not in ("now", "hourly") and not minutes:
        raise ValueError(f"must be now, hourly, or a whole number of minutes from 1 to {MAX_MINUTES}")
    return value


Grouping = Annotated[
    Literal["now", "hourly"] | Annotated[int, Field(ge=1, le=MAX_MINUTES)],
    BeforeValidator(_grouping),
    Field(description="`now`, `hourly` (at the next full hour of UTC), or how many minutes a digest collects."),
]


class _OmitsNone(Request):
    """A model whose answers omit the same fields as the requests."""

    @model_serializer(mode="wrap")
    # No return type: it would replace the fields of the model in the API's document.
    def _omit_none(self, handler: SerializerFunctionWrapHandler):
        return {name: value for name, value in handler(self).items() if value is not None}


class ChannelRule(_OmitsNone):
    """The rule for one channel. A wider rule decides each part that is absent."""

    enabled: StrictBool | None = Field(default=None, description="On or off.")
    minimum_severity: Severity | None = Field(default=None, description="What is less urgent stays in the app.")
    grouping: Grouping | None = None


_RULES: dict[str, Any] = dict.fromkeys(CHANNELS, (ChannelRule | None, None))


class ChannelRules(create_model("OneRuleForEachChannel", __base__=_OmitsNone, **_RULES)):
    """A rule for each channel. A wider rule decides a channel that is absent."""

    def of(self, channel: Channel) -> ChannelRule | None:
        """Return the rule for a channel, if there is one."""
        rule: ChannelRule | None = getattr(self, channel)
        return rule


# A language that was added later is optional, so that an older categories.toml stays valid. English replaces it.
_Optional = Annotated[Summary | None, Field(exclude_if=lambda text: text is None)]
_LATER: dict[str, Any] = {language: (_Optional, None) for language in LANGUAGES if language not in ("en", "fr")}


class CategoryDescription(create_model("LaterLanguages", **_LATER)):
    """The subject of a category in a few words, in each language of the settings page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: Summary
    fr: Summary

    def of(self, language: Language) -> str:
        """Return the text in a language, or in English if there is none."""
        return getattr(self, language) or self.en


class Category(BaseModel):
    """One table `[[categories]]` of categories.toml. It applies to its name and to every name below it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: EventName
    description: CategoryDescription
    default: ChannelRules = ChannelRules()
    mandatory: Annotated[list[Channel], Field(max_length=len(CHANNELS))] | None = None
    only_if_unread_minutes: Annotated[int, Field(strict=True, ge=1, le=MAX_MINUTES)] | None = None
    audit: StrictBool = False
    producers_only: StrictBool | None = None

    @field_validator("mandatory")
    @classmethod
    def _each_once(cls, channels: list[Channel] | None) -> list[Channel] | None:
        if channels and len(set(channels)) < len(channels):
            raise ValueError("must name a channel once")
        return channels

    @model_validator(mode="after")
    def _proof_is_the_producers(self) -> "Category":
        """Refuse to open a category that is mandatory or for audit: its notifications must be true."""
        if self.producers_only is False and (self.mandatory or self.audit):
            raise ValueError("producers_only cannot be false where the category is mandatory or for audit")
        return self

    @model_validator(mode="after")
    def _mandatory_has_no_default(self) -> "Category":
        """Refuse a default for a mandatory channel. It would have no effect, which the operator may not expect."""
        for channel in self.mandatory or ():
            if self.default.of(channel) is not None:
                raise ValueError(f"default.{channel} has no effect where {channel} is mandatory: leave one of them out")
        return self
