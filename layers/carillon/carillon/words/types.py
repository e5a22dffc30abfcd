"""The words that every language must have.

`words/en.py` and its neighbours give one `Words` each. The type checker names a field that a language lacks, and
`tests/unit/words` names a missing key of a mapping and a placeholder that differs from the English text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from carillon.models.severity import Severity

LinkFailure = Literal["invalid", "expired", "unavailable"]  # why an unsubscribe link had no effect
Suppression = Literal["bounced", "complained"]  # why no email is sent to an address
Forms = tuple[str, ...]  # a text for each plural form of the language: MessageTexts.plural chooses
Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True)
class SeverityWords:
    """The words for one severity. Rendering replaces `{count}`."""

    label: str  # in emails and pushes
    bell: str  # in the bell, which has less space; `bin/vocabularies` writes these words for the bell
    tally: Forms  # how many notifications of this severity a digest has


@dataclass(frozen=True)
class MessageTexts:
    """The words of emails and pushes. Rendering replaces `{app}`, `{count}`, `{heading}` and `{headline}`."""

    plural: Callable[[int], int]  # which form a count needs: the rules of the CLDR; a test compares them with Babel
    thousands: str  # between the groups of three digits of a number
    comma: str  # with the space after it
    colon: str  # with the space that the language sets before it
    severities: Mapping[Severity, SeverityWords]
    more: Forms  # how many notifications a digest does not list
    heading: Forms  # of a digest, which has at least two notifications
    subject: str  # of a digest
    details: str
    open_one: str
    open_all: str
    reason: str  # why the person receives the email
    unsubscribe: str
    mandatory: str  # replaces the unsubscribe link if every notification is mandatory
    mandatory_too: str  # stands below the unsubscribe link if some notifications are mandatory

    def number(self, count: int) -> str:
        """Return a count as this language writes it."""
        return f"{count:,}".replace(",", self.thousands)

    def counted(self, forms: Forms, count: int) -> str:
        """Return the form for a count, with the count in it."""
        return forms[self.plural(count)].format(count=self.number(count))

    def rest(self, count: int) -> str:
        """Return how many notifications are not listed, in words. Return an empty string for none."""
        return self.counted(self.more, count) if count > 0 else ""

    def tally(self, counts: Mapping[Severity, int], rest: str) -> str:
        """Return the number of notifications of each severity in the given order, followed by `rest`.

        A no-break space stands between a number and what it counts.
        """
        counted = [self.counted(self.severities[severity].tally, count) for severity, count in counts.items()]
        return f"{self.comma.join(each.replace(' ', '\u00a0') for each in counted)} {rest}".strip()


@dataclass(frozen=True)
class PageTexts:
    """The words of the pages that an unsubscribe link opens. Rendering replaces `{app}` and `{what}`."""

    ask: str  # heading of the page with the buttons
    about: str  # above the list of the link's categories
    about_all: str  # in place of that list
    stop: str
    stop_all: str
    done: str  # heading after a change
    done_about: str
    done_all: str
    again: str  # the button that switches email on again
    again_done: str  # heading after that
    again_all: str
    nothing: str  # heading if a posted form named nothing to stop
    nothing_said: str
    mandatory: str  # heading if all categories of the link became mandatory
    mandatory_said: str
    still: str  # names the mandatory categories
    settings: str
    failed: Mapping[LinkFailure, tuple[str, str]]  # heading and text


@dataclass(frozen=True)
class Words:
    """All words of one language that people read outside the application."""

    direction: Direction
    messages: MessageTexts
    pages: PageTexts
    email_help: Mapping[Suppression, str]  # what a person can do about an address that gets no email
