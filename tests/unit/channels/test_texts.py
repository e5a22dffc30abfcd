"""The words of emails and pushes: their language follows the person's locale, and counts have words."""

import re

import pytest

from carillon.channels.rendering import render_email, render_push
from carillon.models.language import Language
from carillon.models.severity import Severity
from carillon.words import WORDS
from tests.support.delivery_samples import SETTINGS, delivery, item
from tests.support.html_page import Page

UNSUBSCRIBE = "https://api.acme.example/unsubscribe/x"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("FR_fr", "fr"),
        ("en-GB", "en"),
        ("xx", "en"),
        ("frr", "en"),
        (None, "en"),
        ("", "en"),
    ],
)
def test_the_language_follows_the_locale(locale: str | None, language: str) -> None:
    html = render_email(delivery(item(), locale=locale), SETTINGS).html
    assert f'<html lang="{language}"' in html
    assert ("Ouvrir dans Acme" in html) == (language == "fr")


def test_an_email_and_a_push_in_french() -> None:
    items = item("Paiement refusé"), item("Import arrêté", "warning"), item("Rapport prêt", "success")
    email = render_email(delivery(*items, item_count=1203, locale="fr_FR"), SETTINGS, UNSUBSCRIBE)
    assert email.subject == "1\u202f203 notifications\u00a0: Paiement refusé"
    text = email.text.replace("\n", " ")
    for words in (
        "1\u202f203 notifications 1\u00a0critique, 1\u00a0avertissement, 1\u00a0succès et 1\u202f200 autres",
        "Critique  * Paiement refusé",
        "Tout voir dans Acme\u00a0:",
        "Vous recevez cet e-mail parce que les notifications par e-mail sont activées dans Acme.",
        "Se désabonner de ces e-mails\u00a0:",
    ):
        assert words in text
    single = render_email(delivery(item("Import arrêté", "warning", mandatory=True), locale="fr-CA"), SETTINGS)
    for part in (" ".join(single.text.split("\n")), Page(single.html).text):
        for words in ("Avertissement", "Les détails sont dans Acme.", "Ouvrir dans Acme", "ne peut pas être désactivé"):
            assert words in part
    assert render_push(delivery(item("Un"), item_count=2, locale="fr"), SETTINGS).body == "Un et 1 autre"


@pytest.mark.parametrize(
    ("language", "counts", "rest", "tally"),
    [
        ("en", {"critical": 2, "warning": 1}, 0, "2 critical, 1 warning"),
        ("en", {"warning": 3, "success": 1, "info": 2}, 1, "3 warnings, 1 success, 2 for information and 1 more"),
        ("en", {"info": 1}, 1234, "1 for information and 1,234 more"),
        ("fr", {"critical": 2, "warning": 3}, 1, "2 critiques, 3 avertissements et 1 autre"),
        ("fr", {"success": 2, "info": 2}, 2, "2 succès, 2 informations et 2 autres"),
        ("de", {"warning": 1234}, 1, "1.234 Warnungen und 1 weitere"),
        ("es", {"critical": 1, "warning": 2}, 0, "1 crítica, 2 advertencias"),
        ("pt", {"success": 1, "info": 2}, 3, "1 sucesso, 2 informativas e mais 3"),
        ("ar", {"warning": 1, "success": 2}, 1, "تحذير واحد، إشعارا نجاح وإشعار آخر"),
        ("ar", {"critical": 3, "warning": 11}, 100, "3 إشعارات حرِجة، 11 تحذيرًا و100 إشعار آخر"),
        ("ja", {"critical": 2, "warning": 1}, 3, "重大 2 件、警告 1 件 ほか 3 件"),
    ],
)
def test_counts_have_words(language: Language, counts: dict[Severity, int], rest: int, tally: str) -> None:
    words = WORDS[language].messages
    assert words.tally(counts, words.rest(rest)).replace("\u00a0", " ") == tally


GOLDEN = """\
حرِج
Payment failed

التفاصيل موجودة في Acme.

فتح في Acme:
https://app.acme.example/billing

--\x20
تصلك هذه الرسالة لأن الإشعارات عبر البريد الإلكتروني مفعّلة في Acme.

إلغاء الاشتراك في هذه الرسائل:
https://api.acme.example/unsubscribe/x
"""


def test_an_email_in_arabic_is_written_from_right_to_left() -> None:
    single = item("Payment failed", target_url="/billing")
    email = render_email(delivery(single, locale="ar-EG"), SETTINGS, UNSUBSCRIBE)
    link = single.notification_id
    assert email.text.replace(f"?carillon_notification={link}", "") == GOLDEN
    html = email.html
    assert '<html lang="ar" dir="rtl"' in html
    # Mail clients drop <html>: the text of the email has the direction itself, and a headline its own.
    assert re.search(r'role="article" aria-label="[^"]*" lang="ar" dir="rtl"', html)
    assert re.search(r'<h1 [^>]*dir="auto"', html)
    assert "text-align:right;text-align:start" in html
    assert not re.search(r"(?:margin-|padding-|text-align:|float:)left", html)


@pytest.mark.parametrize(
    ("count", "subject"),
    [(2, "إشعاران: Paid"), (5, "5 إشعارات: Paid"), (11, "11 إشعارًا: Paid"), (100, "100 إشعار: Paid")],
)
def test_the_subject_of_a_digest_has_the_form_of_its_count(count: int, subject: str) -> None:
    rendered = render_email(delivery(item("Paid"), item("Due"), item_count=count, locale="ar"), SETTINGS)
    assert rendered.subject == subject
