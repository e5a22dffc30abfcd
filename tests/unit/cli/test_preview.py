"""`carillon preview`: texts, email and push of a template in each language, without a stack."""

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

VALUES = {
    "customer": "<b>Northwind</b>", "invoices": 1, "total": {"amount": 5, "currency": "USD"}, "since": "2026-11-01",
}  # fmt: skip


def carillon(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["preview", *words])
    return result.exit_code, result.output


def previews(*words: str) -> list[dict[str, Any]]:
    code, output = carillon(*words, "--json")
    assert code == 0, output
    return json.loads(output)["previews"]


def test_each_language_has_its_texts_its_email_and_its_push() -> None:
    shown = {each["language"]: each for each in previews("invoice_overdue")}
    assert {"en", "fr", "de", "ar"} <= shown.keys()
    french = shown["fr"]
    assert french["title"] == "Northwind : 3 factures sont en retard"
    assert french["email"]["subject"] == french["title"]
    assert french["push"]["body"] == "3 factures sont en retard"  # the text for this channel
    assert '<html lang="fr" dir="ltr"' in french["email"]["html"]
    assert "Se désabonner" in french["email"]["text"]
    assert (shown["ar"]["direction"], '<html lang="ar" dir="rtl"' in shown["ar"]["email"]["html"]) == ("rtl", True)


def test_values_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "values.json"
    file.write_text(json.dumps(VALUES))
    [shown] = previews("invoice_overdue@1", "--language", "en", "--variables", str(file), "--app-name", "Acme & Co")
    assert (shown["title"], shown["push"]["title"]) == (
        "<b>Northwind</b>: 1 invoice is overdue", "Acme & Co · Information"
    )  # fmt: skip
    code, output = carillon("invoice_overdue", "--language", "en", "--variables", str(file))
    assert (code, "  title    <b>Northwind</b>: 1 invoice is overdue" in output) == (0, True)


def test_a_page_has_the_emails_as_they_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    file = tmp_path / "values.json"
    file.write_text(json.dumps(VALUES))
    out = tmp_path / "page.html"
    code, output = carillon("invoice_overdue", "--variables", str(file), "--out", str(out), "--open")
    assert (code, opened) == (0, [out.as_uri()]), output
    page = out.read_text("utf-8")
    shown = previews("invoice_overdue", "--variables", str(file))
    assert page.count("<iframe sandbox") == len(shown)
    assert all(escape(each["email"]["html"]) in page for each in shown)
    assert "<b>" not in page
    assert escape("<b>Northwind</b>: 1 invoice is overdue") in page


def test_without_a_template_all_are_listed() -> None:
    code, output = carillon("--json")
    assert code == 0
    assert {"invoice_overdue@1", "mention@1"} <= {each["name"] for each in json.loads(output)["templates"]}


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["unknown"], "unknown: is not a template"),
        (["invoice_overdue", "--language", "xx"], "has no texts in xx, only in en, fr"),
        (["invoice_overdue", "--variables", "missing.json"], "No such file"),
        (["broken", "--folder", "templates"], "broken: texts.en.title: line 1: "),
        (["invoice_overdue", "--variables", "list.json"], "must be a JSON object"),
        (["invoice_overdue", "--variables", "empty.json"], "variables.customer: is required"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], fault: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "empty.json").write_text("{}")
    (tmp_path / "templates" / "broken").mkdir(parents=True)
    (tmp_path / "templates" / "broken" / "1.toml").write_text('description = "d"\n[texts.en]\ntitle = "{{ a.b }}"\n')
    code, output = carillon(*words, "--json")
    assert code == 2
    assert fault in json.loads(output)["error"]["message"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    code, output = carillon("mention", "--out", str(tmp_path / "missing" / "page.html"))
    assert (code, "No such file or directory" in output) == (4, True)
