"""Every path and every SQL file that a page names in inline code exists in the repository."""

import re
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.support.paths import ROOT

FILES = [Path(name) for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()]
PAGES = [file for file in FILES if file.suffix == ".md" and file.parts[0] in ("docs", "README.md", "CONTRIBUTING.md")]
PACKAGE = ROOT / "layers" / "carillon" / "carillon"
# Pages also name paths below these folders: `carillon/settings/`, `deliveries/worker.py`, `functions/*.sql`.
ROOTS = (ROOT, PACKAGE.parent, PACKAGE, PACKAGE / "database" / "schema")
# Only folders with files of the repository: a run makes others, such as `.local`.
FOLDERS = {
    (ROOT / file).relative_to(root).parts[0]
    for root in ROOTS
    for file in FILES
    if (ROOT / file).is_relative_to(root) and len((ROOT / file).relative_to(root).parts) > 1
}
WORD = re.compile(r"[\w.<>*-]+(?:/[\w.<>*-]+)*/?")
PLACEHOLDER = re.compile(r"<\w+>|\bX\b|NNNN_name")  # such as `template/functions/X.yaml`
FILE_NAME = re.compile(r"[\w<>*-]+\.sql|test_\w+\.py")


def words(page: Path) -> list[str]:
    """Return the words of a page's inline code."""
    tokens = MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text("utf-8"))
    code = [child.content for token in tokens for child in token.children or [] if child.type == "code_inline"]
    return [word for text in code for word in re.split(r"[\s'\"()|,]+", text) if WORD.fullmatch(word)]


def paths(page: Path) -> list[str]:
    """Return the words that begin with a folder of the project and end with a slash or have a suffix.

    Other words with a slash are no paths: `carillon/send` is a scope, `deliveries/claim` a statement.
    """
    with_folder = [word for word in words(page) if "/" in word and word.split("/")[0] in FOLDERS]
    return [word for word in with_folder if word.endswith("/") or Path(word).suffix]


def exists(path: str) -> bool:
    """Return whether a path exists. A path with a placeholder exists if any path fits."""
    pattern = PLACEHOLDER.sub("*", path).rstrip("/")
    return any(any(root.glob(pattern)) for root in ROOTS)


NEW = re.compile(
    r"NNNN_|sms|icon|oldest|/it\.(?:py|ts|gen\.ts)$"
)  # the examples of docs/extending.md: files that do not exist yet


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_path_of_a_page_exists(page: Path) -> None:
    missing = [path for path in paths(page) if not exists(path)]
    assert [path for path in missing if page.name != "extending.md" or not NEW.search(path)] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_sql_file_and_test_of_a_page_exists(page: Path) -> None:
    names = [PLACEHOLDER.sub("*", word) for word in words(page) if FILE_NAME.fullmatch(word)]
    assert [name for name in names if not any(file.match(name) for file in FILES)] == []


def test_the_pages_name_many_paths() -> None:
    assert sum(len(paths(page)) for page in PAGES) > 50
