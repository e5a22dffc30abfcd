"""The pages show each recipe as it is tested."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGES = {page: page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md")}
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "docs/recipes"],
    cwd=ROOT, check=True, capture_output=True, text=True,
).stdout.split()  # fmt: skip
CODE = [path for path in LISTED if Path(path).suffix in (".py", ".mjs", ".ts", ".tsx", ".sh")]
# Code is tested where it is run. A new folder needs a test there.
TESTED = {"curl", "django", "express", "fastapi", "lambda", "nextjs", "python", "tutorial"}


@pytest.mark.parametrize("path", CODE)
def test_a_page_shows_the_file_and_links_to_it(path: str) -> None:
    code = (ROOT / path).read_text("utf-8")
    link = f"]({path.removeprefix('docs/')})"
    showing = [page.name for page, text in PAGES.items() if link in text and code in blocks(text)]
    assert len(showing) == 1


def blocks(text: str) -> list[str]:
    return re.findall(r"^```\w+\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_each_folder_of_code_has_tests() -> None:
    assert {Path(path).parts[2] for path in CODE} == TESTED


def test_each_recipe_begins_with_the_question_that_it_answers() -> None:
    sections = PAGES[ROOT / "docs" / "recipes.md"].split("\n## ")[1:]
    assert len(sections) == 10
    for section in sections:
        assert re.match(r".+\n\nHow .+\?\n", section), section[:80]
        assert "\nWatch out:\n\n- " in section, section[:80]
