"""Numbers, amounts, dates and plural forms as a language writes them, by Babel's data of the CLDR."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from babel import Locale, UnknownLocaleError, dates, numbers

from carillon.templates.variables import Money

Style = Literal["short", "medium", "long", "full"]


class Formats:
    """The formats of one language."""

    def __init__(self, tag: str) -> None:
        """Load the data of a language.

        Raises:
            ValueError: there is none, or the tag is not one.
        """
        try:
            self._locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            raise ValueError(f"there are no rules for numbers and dates in {tag}") from None

    def check_forms(self, given: set[str]) -> str | None:
        """Return why these plural forms are not those of the language, or None.

        A form that only large numbers have, such as `many` in French, is optional: `other` replaces it.
        """
        known = {*self._locale.plural_form.tags, "other"}
        needed = {self._locale.plural_form(count) for count in range(200)} | {"other"}
        if needed <= given <= known:
            return None
        optional = f", and may have {', '.join(sorted(known - needed))}" if known - needed else ""
        return f"plural needs the forms {', '.join(sorted(needed))}{optional}"

    def format(self, value: Any) -> str:
        """Return a value as text. A text stays as it is."""
        match value:
            case datetime():
                return self.date(value)
            case date():
                return self.date(value)
            case Money():
                return numbers.format_currency(value.amount, value.currency, locale=self._locale)
            case int() | Decimal():
                return numbers.format_decimal(value, locale=self._locale, decimal_quantization=False)
            case _:
                return str(value)

    def date(self, value: date, style: Style = "medium") -> str:
        """Return a date. A time follows with its zone, to the minute."""
        day = dates.format_date(value, style, locale=self._locale)
        if not isinstance(value, datetime):
            return day
        hour = f"{dates.format_time(value, 'short', tzinfo=value.tzinfo, locale=self._locale)} {value.tzname()}"
        return str(dates.get_datetime_format("medium", locale=self._locale)).format(hour, day)

    def plural(self, value: Any, **forms: str) -> str:
        """Return the form for a number, with the number in place of `{n}`."""
        form = forms.get(self._locale.plural_form(value), forms.get("other", ""))
        return form.replace("{n}", self.format(value))


def check_currency(value: Money) -> None:
    """Check that a currency exists, and that an amount has no more decimals than it.

    Raises:
        ValueError: one of them is not so.
    """
    if not numbers.is_currency(value.currency):
        raise ValueError("must have a currency of ISO 4217, like EUR")
    precision = numbers.get_currency_precision(value.currency)
    if value.amount != round(value.amount, precision):
        raise ValueError(f"must have at most {precision} decimals in {value.currency}")
