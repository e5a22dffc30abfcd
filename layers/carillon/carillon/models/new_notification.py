"""The body of `POST /notifications`."""

import hashlib
import json
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from carillon.models import patterns
from carillon.models.fields import (
    MAX_RECIPIENTS,
    Body,
    Data,
    EventName,
    Key,
    Request,
    ResourceId,
    SendAt,
    Summary,
    TemplateName,
    Time,
    Title,
)
from carillon.models.severity import SEVERITIES, Severity
from carillon.models.texts import InLanguages, Said
from carillon.models.user_id import UserId

TEXTS = ("title", "summary", "body")
_sorted = json.JSONEncoder(sort_keys=True).encode
IdempotencyMode = Literal["strict", "first"]

# Null means that the field is omitted, as for every other optional field.
SeverityOrInfo = Annotated[
    Severity,
    BeforeValidator(lambda given: "info" if given is None else given),
    WithJsonSchema({"anyOf": [{"type": "string", "enum": list(SEVERITIES)}, {"type": "null"}]}),
]
_NULL: dict[str, JsonValue] = {"type": "null"}
_WAYS_TO_NAME_PEOPLE: dict[str, JsonValue] = {
    "oneOf": [
        {
            "title": "For one person, by a producer",
            "required": ["user_id"],
            "properties": {"user_id": {"type": "string"}, "user_ids": _NULL},
        },
        {
            "title": "For many people, by a producer",
            "required": ["user_ids"],
            "properties": {"user_ids": {"type": "array"}, "user_id": _NULL},
        },
        {"title": "For oneself, by a person", "properties": {"user_id": _NULL, "user_ids": _NULL}},
    ]
}
_WAYS_TO_SAY_IT: dict[str, JsonValue] = {
    "oneOf": [
        {
            "title": "In its own words",
            "required": ["title"],
            "properties": {"title": {"not": _NULL}, "template": _NULL, "variables": _NULL},
        },
        {
            "title": "By a template of the stack",
            "required": ["template"],
            "properties": {"template": {"type": "string"}, "title": _NULL, "summary": _NULL, "body": _NULL},
        },
    ]
}


class NewNotification(Request):
    """The body of `POST /notifications`."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_WAYS_TO_NAME_PEOPLE, _WAYS_TO_SAY_IT]})

    user_id: UserId | None = Field(default=None, description="The recipient; only with the producer's scope.")
    user_ids: list[UserId] | None = Field(
        default=None, min_length=1, max_length=MAX_RECIPIENTS, description="Many recipients, instead of `user_id`."
    )
    event_name: EventName = Field(description="What happened, dotted: `invoice.payment_failed`.")
    template: TemplateName | None = Field(
        default=None, description="A template of the stack, `name` or `name@version`, instead of the three texts."
    )
    variables: Data | None = Field(default=None, description="The values for the template.")
    title: InLanguages[Title] | None = Field(
        default=None,
        validate_default=True,
        description='A text, or a text for each language: `{"en": …, "pt-BR": …}`. Required without `template`.',
    )
    body: InLanguages[Body] | None = Field(
        default=None, description="Shown in the application only; never emailed or pushed. By language as the title."
    )
    summary: InLanguages[Summary] | None = Field(
        default=None, description="What email and push say instead of the title. By language as the title."
    )
    severity: SeverityOrInfo = "info"
    target_url: str | None = Field(
        default=None,
        max_length=2048,
        description="A path of the application, or an https URL on an allowed origin.",
        json_schema_extra={"pattern": patterns.TARGET_URL},
    )
    data: Data | None = Field(default=None, description="Anything for the application, at most 16 KiB as JSON.")
    resource_id: ResourceId | None = Field(
        default=None, description="What it is about. Without a key it makes one, with the user and the event."
    )
    idempotency_key: Key | None = None
    idempotency_mode: IdempotencyMode | None = Field(
        default=None,
        description="If the key was used with other content: `strict`, the default, is an error, and with `first` the "
        "first notification is the answer.",
    )
    batch_key: Key | None = Field(default=None, description="What a digest groups by, instead of the event's name.")
    send_at: SendAt | None = Field(
        default=None, description="Shown, counted and sent from then on: at most a year ahead."
    )
    expires_at: Time | None = Field(default=None, description="Nothing is sent from then on. The feed keeps it.")

    @field_validator("title")
    @classmethod
    def _title_or_template(cls, title: object, given: ValidationInfo) -> object:
        if title is None and given.data.get("template", ...) is None:
            raise PydanticCustomError("missing", "is required")
        return title

    @field_validator("expires_at")
    @classmethod
    def _expires_after_it_is_sent(cls, expires_at: datetime | None, given: ValidationInfo) -> datetime | None:
        send_at: datetime | None = given.data.get("send_at")
        if send_at is not None and expires_at is not None and expires_at <= send_at:
            raise ValueError("must be after send_at")
        return expires_at

    @model_validator(mode="after")
    def _one_way_each(self) -> Self:
        if self.user_id is not None and self.user_ids is not None:
            raise ValueError("name either user_id or user_ids, not both")
        if self.template is None:
            if self.variables is not None:
                raise ValueError("variables needs a template")
        else:
            for name in TEXTS:
                if getattr(self, name) is not None:
                    raise ValueError(f"name either template or {name}, not both")
        if not self.by_language:
            return self
        first = next(iter(self.by_language))
        for field, texts in self.by_language.items():
            if texts.keys() != self.by_language[first].keys():
                raise ValueError(f"{field} must have the languages of {first}: {', '.join(self.by_language[first])}")
        return self

    @cached_property
    def by_language(self) -> dict[str, dict[str, str]]:
        """The texts that are given by language."""
        given = (("title", self.title), ("summary", self.summary), ("body", self.body))
        return {name: texts for name, texts in given if isinstance(texts, dict)}

    @property
    def said(self) -> list[Said]:
        """The given texts in each language, in the order of the request. Plain texts are of no language.

        With a template, the notification says what the template renders instead.
        """
        plain: dict[str, Any] = {name: getattr(self, name) for name in TEXTS}
        if not self.by_language:
            return [Said(None, **plain)]
        said: list[Said] = []
        for language in next(iter(self.by_language.values())):
            translated: dict[str, Any] = {name: texts[language] for name, texts in self.by_language.items()}
            said.append(Said(language, **plain | translated))
        return said

    @cached_property
    def content(self) -> dict[str, Any]:
        """All fields but the recipients, the key and its mode. A repeated request must have the same content."""
        # As `model_dump(mode="json")` writes it, at a third of its cost: only moments are no values of JSON.
        return {
            name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
            for name, value in vars(self).items()
            if name in _CONTENT
        }

    @cached_property
    def content_json(self) -> str:
        """The content as JSON, whatever the spelling and the order of names."""
        # Without omitted fields: a field of a later version must not change the hash of a stored notification.
        return _sorted({name: value for name, value in self.content.items() if value is not None})

    def content_hash(self) -> str:
        """Return the SHA-256 of the content."""
        return hashlib.sha256(self.content_json.encode()).hexdigest()


_CONTENT = NewNotification.model_fields.keys() - {"user_id", "user_ids", "idempotency_key", "idempotency_mode"}
