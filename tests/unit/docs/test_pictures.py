"""docs/email.md matches the emails that Carillon sends: its pictures, its commands and its examples."""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest
from PIL import Image

from carillon.links.targets import READ_PARAMETER
from carillon.models.language import LANGUAGES
from tests.support import pictures
from tests.support.html_page import Page
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "email.md").read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.split("\n")
    if line
]
# A browser that draws a grey page with one dark line at its end, and logs its arguments.
BROWSER = """#!{python}
import sys
from PIL import Image
shot = next(word.partition("=")[2] for word in sys.argv if word.startswith("--screenshot="))
picture = Image.new("RGBA", (1440, 3200), (240, 240, 240, 255))
picture.paste((10, 10, 10, 255), (0, 700, 1440, 710))
picture.save(shot)
open({log!r}, "a").write(" ".join(sys.argv) + "\\n")
"""


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    path = tmp_path / "browser"
    path.write_text(BROWSER.format(python=sys.executable, log=str(tmp_path / "log")), "utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("form", ["single", "digest"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pictures_show_the_current_emails(form: str, scheme: str) -> None:
    name = f"email-{form}-{scheme}.png"
    path = pictures.PICTURES / name
    with Image.open(path) as picture:
        assert picture.width == pictures.WIDTH * pictures.PIXEL_RATIO
        taken_of = picture.info["html"]
    now = pictures.fingerprint(pictures.samples()[form])
    assert taken_of == now, "the email has changed: .venv/bin/python -m tests.support.pictures takes its pictures again"
    assert path.stat().st_size < 100_000
    assert f"pictures/{name}" in PAGE


def test_the_commands_of_the_page_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, browser: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pictures, "PICTURES", tmp_path / "pictures")
    assert len(COMMANDS) == 2
    for command in COMMANDS:
        words = shlex.split(command)
        settings = dict(word.split("=", 1) for word in words if re.match("[A-Z_]+=", word))
        python, *module = words[len(settings) : len(settings) + 3]
        assert (python, module) == (".venv/bin/python", ["-m", "tests.support.pictures"])
        environment = {**os.environ, "CARILLON_CHROMIUM": str(browser), **settings}
        assert pictures.main(words[len(settings) + 3 :], environment) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert len(written) == 4 * len(LANGUAGES) + 4
    assert all(path.stat().st_size for path in written)
    [french] = [path for path in written if path.name == "single-fr.html"]
    assert "Ouvrir dans Northwind" in Page(french.read_text("utf-8")).text

    calls = (tmp_path / "log").read_text().splitlines()
    assert len(calls) == 4
    assert sum("preferredColorScheme=0" in line for line in calls) == 2
    with Image.open(tmp_path / "pictures" / "email-single-dark.png") as picture:
        assert picture.size == (1440, 710 + 96)  # the empty end is cut off


def test_without_a_browser_the_error_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert pictures.main([], {}) == 1
    assert "CARILLON_CHROMIUM" in capsys.readouterr().err


def test_the_examples_of_the_page_are_correct() -> None:
    emails = pictures.samples()
    text = " ".join(PAGE.split())  # also joins words at no-break spaces
    for email in (*emails.values(), pictures.samples(locale="fr")["digest"]):
        assert f"`{' '.join(email.subject.split())}`" in text
    assert f"`{READ_PARAMETER}=<id>`" in PAGE
    assert f"```\n{emails['single'].text}```" in PAGE
