"""The variables of a template: their declaration, and the values that a request gives."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from carillon.models.characters import check_meant, check_not_blank, check_one_line
from carillon.models.recipient import TimeZone

MAX_TEXT = 1000  # characters of a text variable, unless it declares fewer
MAX_DIGITS = 15  # of a number: JSON parsers keep so many
MAX_URL = 2048
_CURRENCY = re.compile("[A-Z]{3}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

VariableType = Literal["text", "int", "decimal", "money", "date", "datetime", "url"]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency, by its code of ISO 4217."""

    amount: Decimal
    currency: str


Value = str | int | Decimal | Money | date | datetime


class Variable(BaseModel):
    """One table `[variables.<name>]`. A variable without a default is required."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: VariableType = "text"
    sample: JsonValue  # the value in tests and previews
    default: JsonValue = None
    max_length: Annotated[int, Field(strict=True, ge=1, le=MAX_TEXT)] = 200  # of a text
    timezone: TimeZone = "UTC"  # of a datetime

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        for name in ("sample", "default"):
            given = getattr(self, name)
            if name == "default" and (given is None or self._is_empty_text(given)):
                continue
            try:
                self.parse(given)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None
        return self

    def _is_empty_text(self, given: JsonValue) -> bool:
        return self.type in ("text", "url") and given == ""

    def parse(self, given: JsonValue) -> Value:
        """Return a value of a request as Python has it. A datetime is in the time zone of the variable.

        Raises:
            ValueError: the value has another type, or is beyond a limit.
        """
        value = _PARSERS[self.type](given)
        if self.type == "text" and len(str(value)) > self.max_length:
            raise ValueError(f"must have at most {self.max_length} characters")
        return value.astimezone(ZoneInfo(self.timezone)) if isinstance(value, datetime) else value


def parse_values(
    declared: Mapping[str, Variable], given: Mapping[str, JsonValue]
) -> tuple[dict[str, Value], list[dict[str, str]]]:
    """Return the values of all variables, and one problem for each that is missing, wrong or not declared."""
    values: dict[str, Value] = {}
    problems: list[tuple[str, str]] = [(name, "is no variable of this template") for name in given.keys() - declared]
    for name, variable in declared.items():
        value = given.get(name)
        if value is None:  # null means that the variable is omitted
            value = variable.default
        if value is None:
            problems.append((name, "is required"))
        elif value == "" and given.get(name) is None:  # an optional text that is not there
            values[name] = ""
        else:
            try:
                values[name] = variable.parse(value)
            except ValueError as error:
                problems.append((name, str(error)))
    return values, [{"field": f"variables.{name}", "message": message} for name, message in sorted(problems)]


def _text(given: JsonValue) -> str:
    if isinstance(given, str):
        return check_meant(check_not_blank(check_one_line(given)))
    raise ValueError("must be text")


def _int(given: JsonValue) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        _decimal(given)
        return given
    raise ValueError("must be a whole number")


def _decimal(given: JsonValue) -> Decimal:
    try:
        number = Decimal("" if isinstance(given, bool | dict | list | None) else str(given))
    except InvalidOperation:
        raise ValueError("must be a number, or text like 12.50") from None
    if not number.is_finite() or number.adjusted() >= MAX_DIGITS or len(number.as_tuple().digits) > MAX_DIGITS:
        raise ValueError(f"must have at most {MAX_DIGITS} digits")
    return number


def _money(given: JsonValue) -> Money:
    parts = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    if parts.keys() != {"amount", "currency"}:
        raise ValueError('must be an amount with its currency, like {"amount": "12.50", "currency": "EUR"}')
    if not isinstance(parts["currency"], str) or not _CURRENCY.fullmatch(parts["currency"]):
        raise ValueError("must have a currency of ISO 4217, like EUR")
    return Money(_decimal(parts["amount"]), parts["currency"])


def _date(given: JsonValue) -> date:
    try:
        if isinstance(given, str) and _DATE.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise ValueError("must be a date like 2026-11-23")


def _datetime(given: JsonValue) -> datetime:
    try:
        if isinstance(given, str) and _DATE.match(given):
            moment = datetime.fromisoformat(given)
            if moment.tzinfo is not None and moment.astimezone(UTC).year < 9999:
                return moment
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a time with its offset, like 2026-11-23T10:00:00Z")


def _url(given: JsonValue) -> str:
    address = _text(given)
    if len(address) > MAX_URL or not address.startswith(("/", "https://")):
        raise ValueError(f"must be a path or an https address of at most {MAX_URL:,} characters")
    return address


_PARSERS: Mapping[VariableType, Callable[[JsonValue], Value]] = {
    "text": _text, "int": _int, "decimal": _decimal, "money": _money, "date": _date, "datetime": _datetime, "url": _url,
}  # fmt: skip
