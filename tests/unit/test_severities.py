"""The parts that a severity needs outside the database. Each failure names the severity and the missing part.

tests/integration/database/test_vocabularies.py has the parts in the database.
"""

import re
import subprocess
import sys
from contextlib import suppress

import pytest
from jinja2 import UndefinedError

from carillon.channels.rendering import render_email, render_push
from carillon.models.category import CategoryDescription
from carillon.models.language import LANGUAGES
from carillon.models.severity import SEVERITIES, SEVERITY_SPECS, Severity
from carillon.models.story import Story
from carillon.notifications.explanation import explain
from tests.support.delivery_samples import SETTINGS, delivery, item
from tests.support.parts import Part, missing, sources
from tests.support.paths import ROOT

EACH = pytest.mark.parametrize("severity", SEVERITIES)
EACH_LANGUAGE = pytest.mark.parametrize("language", list(CategoryDescription.model_fields))

PARTS = [
    Part("value of the field `severity` (bin/vocabularies)", "docs/api.md", r"^\| `severity` \|.*`NAME`"),
    Part("type (bin/clients)", "clients/python/src/carillon_client/_answers.py", r'^Severity = Literal.*"NAME"'),
    Part("type (npm run types)", "clients/typescript/src/api.gen.ts", r'severity: .*"NAME"'),
    *(Part("word (bin/vocabularies)", f"web/src/texts/{each}.gen.ts", r'^  "NAME": "') for each in LANGUAGES),
    Part("icon (bin/vocabularies)", "web/src/severities.gen.ts", r'^  "NAME": "M'),
    Part(
        "colour (bin/vocabularies)", "web/src/style/severities.gen.css", r'\[data-severity="NAME"\] \{\s*--severity: '
    ),
]
# These places name each severity. All others must derive from SEVERITIES or BY_URGENCY. The demo has a look for others.
LISTS = re.compile(r"layers/carillon/carillon/(models/severity\.py|words/|database/schema/)|demo/page/pipe\.css")


@EACH
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_severity_has_each_part(severity: Severity, part: Part) -> None:
    part.check("severity", severity)


@EACH
@EACH_LANGUAGE
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
    explanation = explain(Story.model_validate(story)).of("email").explanation
    if "because" not in explanation or severity not in explanation:
        missing("severity", severity, f"sentence in notifications/explanation.py: {explanation!r}")


def test_each_severity_has_a_look_in_the_order_of_urgency() -> None:
    assert tuple(SEVERITY_SPECS) == SEVERITIES


def test_the_generated_files_are_those_of_the_sources() -> None:
    result = subprocess.run([sys.executable, ROOT / "bin" / "vocabularies", "--check"], capture_output=True, text=True)
    assert result.returncode == 0, f"run .venv/bin/python bin/vocabularies: {result.stdout}{result.stderr}"


def test_the_documentation_lists_the_severities_in_the_order_of_urgency() -> None:
    line = re.search(r"^\| `severity` \|([^|]*)\|", (ROOT / "docs/api.md").read_text("utf-8"), re.MULTILINE)
    assert line
    assert tuple(re.findall(r"`(\w+)`", line[1])) == SEVERITIES


def test_the_demo_has_a_look_for_a_severity_that_it_does_not_name() -> None:
    style = (ROOT / "demo/page/pipe.css").read_text("utf-8")
    assert re.search(r"^\.severity \{.* color: .*content: ", style, re.MULTILINE)


def test_no_other_file_lists_the_severities() -> None:
    lists = [
        name
        for path in sources()
        if not LISTS.match(name := str(path.relative_to(ROOT)))
        and all(re.search(rf"""["'`]{severity}["'`]""", path.read_text("utf-8")) for severity in SEVERITIES)
    ]
    assert not lists, "derive these lists from SEVERITIES, or add a part to PARTS for the file"
