"""All words of ours that a person reads outside the application, in each language.

Another language is another `Texts` below: the templates and the tests ask for nothing else. What languages count
apart (one, and more than one) stands as a pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from carillon.models.delivery import Severity


@dataclass(frozen=True)
class Texts:
    """The words in one language. `{app}`, `{count}` and `{headline}` are filled in."""

    language: str
    thousands: str  # between a number's groups of three digits
    colon: str
    severities: Mapping[Severity, str]
    tallies: Mapping[Severity, tuple[str, str]]
    more: tuple[str, str]
    heading: str  # of a digest, which has two notifications or more
    subject: str  # likewise
    details: str
    open_one: str
    open_all: str
    reason: str
    unsubscribe: str
    mandatory: str  # in place of an unsubscribe link
    mandatory_too: str  # beside one

    def number(self, count: int) -> str:
        """The count as it is written in this language."""
        return f"{count:,}".replace(",", self.thousands)

    def rest(self, count: int) -> str:
        """How many notifications are not named, in words; nothing where there are none."""
        return self._counted(self.more, count) if count > 0 else ""

    def tally(self, counts: Mapping[Severity, int], rest: str) -> str:
        """How many there are of each severity, in the order given, and the rest as `rest` says it.

        No line breaks between a number and what it counts.
        """
        counted = [self._counted(self.tallies[severity], count) for severity, count in counts.items()]
        return f"{', '.join(each.replace(' ', '\u00a0') for each in counted)} {rest}".strip()

    def _counted(self, forms: tuple[str, str], count: int) -> str:
        return forms[count != 1].format(count=self.number(count))


# French sets a no-break space before a colon, and a narrow one between thousands.
LANGUAGES = {
    "en": Texts(
        language="en",
        thousands=",",
        colon=":",
        severities={"critical": "Critical", "warning": "Warning", "success": "Success", "info": "Information"},
        tallies={
            "critical": ("{count} critical", "{count} critical"),
            "warning": ("{count} warning", "{count} warnings"),
            "success": ("{count} success", "{count} successes"),
            "info": ("{count} for information", "{count} for information"),
        },
        more=("and {count} more", "and {count} more"),
        heading="{count} updates",
        subject="{count} updates: {headline}",
        details="The details are in {app}.",
        open_one="Open in {app}",
        open_all="See all in {app}",
        reason="You receive this email because email notifications are on in {app}.",
        unsubscribe="Unsubscribe from these emails",
        mandatory="You receive this email because those who run {app} decided that nobody may miss this kind of"
        " notification. It cannot be switched off.",
        mandatory_too="Some of these notifications will still reach you: those who run {app} decided that nobody may"
        " miss them.",
    ),
    "fr": Texts(
        language="fr",
        thousands="\u202f",
        colon="\u00a0:",
        severities={"critical": "Critique", "warning": "Avertissement", "success": "Succès", "info": "Information"},
        tallies={
            "critical": ("{count} critique", "{count} critiques"),
            "warning": ("{count} avertissement", "{count} avertissements"),
            "success": ("{count} succès", "{count} succès"),
            "info": ("{count} information", "{count} informations"),
        },
        more=("et {count} autre", "et {count} autres"),
        heading="{count} notifications",
        subject="{count} notifications\u00a0: {headline}",
        details="Les détails sont dans {app}.",
        open_one="Ouvrir dans {app}",
        open_all="Tout voir dans {app}",
        reason="Vous recevez cet e-mail parce que les notifications par e-mail sont activées dans {app}.",
        unsubscribe="Se désabonner de ces e-mails",
        mandatory="Vous recevez cet e-mail parce que les responsables de l\u2019application {app} ont décidé que"
        " personne ne doit manquer ce type de notification. Il ne peut pas être désactivé.",
        mandatory_too="Certaines de ces notifications vous parviendront quand même\u00a0: les responsables de"
        " l\u2019application {app} ont décidé que personne ne doit les manquer.",
    ),
}


def texts(locale: str | None) -> Texts:
    """The words for a locale such as `fr-CA` or `fr_FR`; English where we have none."""
    language = (locale or "").replace("_", "-").split("-", 1)[0].lower()
    return LANGUAGES.get(language, LANGUAGES["en"])
