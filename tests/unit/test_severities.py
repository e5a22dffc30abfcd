"""The parts that a severity needs outside the database. Each failure names the severity and the missing part.

tests/integration/database/test_vocabularies.py has the parts in the database. TypeScript itself asks for the bell's
shape and words: `npm --prefix web run check`.
"""

import re
from contextlib import suppress

import pytest
from jinja2 import UndefinedError

from carillon.channels.rendering import render_email, render_push
from carillon.models.category import CategoryDescription
from carillon.models.severity import SEVERITIES, Severity
from carillon.models.story import Story
from carillon.notifications.explanation import explain
from tests.support.delivery_samples import SETTINGS, delivery, item
from tests.support.parts import Part, missing, sources
from tests.support.paths import ROOT

EACH = pytest.mark.parametrize("severity", SEVERITIES)
LANGUAGES = pytest.mark.parametrize("language", list(CategoryDescription.model_fields))
BELL_TEXTS = sorted(path.name for path in (ROOT / "web/src/texts").glob("??.ts"))

PARTS = [
    Part("value of the field `severity`", "docs/api.md", r"^\| `severity` \|.*`NAME`"),
    Part("value of `minimum_severity`", "docs/api.md", r"`minimum_severity` \([^)]*`NAME`"),
    Part("routing reason", "docs/routing.md", r"^\| `now` \|.*`severity_NAME`"),
    Part("type (npm run types)", "web/src/api.gen.ts", r'severity: .*"NAME"'),
    *(Part("word", f"web/src/texts/{name}", r'^  NAME: "') for name in BELL_TEXTS),
    Part("shape", "web/src/react/icons.tsx", r"^  NAME: icon\("),
    Part("colour", "web/src/style/severities.css", r'\[data-severity="NAME"\] \{\s*--severity: '),
    Part("shape and colour", "demo/page/pipe.css", r"^\.severity\.NAME \{ color: .*content: "),
]
# These places have a word, a colour or a shape for each severity. All others must derive from SEVERITIES or BY_URGENCY.
LISTS = re.compile(
    r"layers/carillon/carillon/(models/severity\.py|words/|database/schema/)"
    r"|web/src/(react/icons\.tsx|style/severities\.css)|demo/page/pipe\.css"
)


@EACH
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_severity_has_each_part(severity: Severity, part: Part) -> None:
    part.check("severity", severity)


@EACH
@LANGUAGES
def test_a_severity_has_words_in_emails_and_pushes(severity: Severity, language: str) -> None:
    one, two = item("x", severity), item("y", severity)
    with suppress(UndefinedError):  # no colour: the next test
        try:
            render_push(delivery(one, locale=language), SETTINGS)
            render_email(delivery(one, locale=language), SETTINGS)
        except (LookupError, ValueError):
            missing("severity", severity, f"word for emails and pushes in {language!r}")
        try:
            render_email(delivery(one, two, locale=language), SETTINGS)
        except LookupError:
            missing("severity", severity, f"tally for digests in {language!r}")


@EACH
def test_a_severity_has_a_colour_in_emails(severity: Severity) -> None:
    try:
        html = render_email(delivery(item("x", severity)), SETTINGS).html
    except (LookupError, ValueError):
        missing("severity", severity, "word, so this test cannot see its colour in emails (channels/email)")
    except UndefinedError:
        missing("severity", severity, "light colour in emails (channels/email)")
    if not re.search(rf"^ *\.{severity} {{ color: #", html, re.MULTILINE):
        missing("severity", severity, "dark colour in emails (channels/email)")


@EACH
@pytest.mark.parametrize("action", ["now", "digest"])
def test_a_severity_has_an_explanation(severity: Severity, action: str) -> None:
    at, identifier = "2026-11-24T10:00:00Z", "00000000-0000-7000-8000-000000000001"
    queued = {
        "delivery_id": identifier, "channel": "email", "status": "pending", "attempts": 0, "digest": "event",
        "items": 1, "available_at": at, "finished_at": None, "error_code": None, "left_out": None, "history": [],
    }  # fmt: skip
    story = {
        "notification_id": identifier, "severity": severity, "in_app": True, "asked_at": at, "deliveries": [queued],
        "routing": {"email": {"action": action, "reason": f"severity_{severity}", "leaves_at": at}},
        **dict.fromkeys(("send_at", "expires_at", "read_at", "archived_at", "retracted_at")),
    }  # fmt: skip
    explanation = explain(Story.model_validate(story)).email.explanation
    if "because" not in explanation or severity not in explanation:
        missing("severity", severity, f"sentence in notifications/explanation.py: {explanation!r}")


def test_the_lists_have_one_order() -> None:
    """The bell and the documentation have the severities in the same order as SEVERITIES."""
    shapes = (ROOT / "web/src/react/icons.tsx").read_text("utf-8").split("SEVERITIES", 1)[1]
    assert tuple(re.findall(r"^  (\w+): icon\(", shapes, re.MULTILINE)) == SEVERITIES
    line = re.search(r"^\| `severity` \|(.*)\|", (ROOT / "docs/api.md").read_text("utf-8"), re.MULTILINE)
    assert line
    listed = [word for word in re.findall(r"`(\w+)`", line[1]) if word in SEVERITIES]
    assert tuple(dict.fromkeys(listed)) == SEVERITIES


def test_no_other_file_lists_the_severities() -> None:
    lists = [
        name
        for path in sources()
        if not LISTS.match(name := str(path.relative_to(ROOT)))
        and all(re.search(rf"""["'`]{severity}["'`]""", path.read_text("utf-8")) for severity in SEVERITIES)
    ]
    assert not lists, "derive these lists from SEVERITIES, or add a part to PARTS for the file"
