"""The commands of docs/deploy.md, for the tests that follow the page."""

import re

from tests.support.paths import ROOT

_PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
LINES = [
    line.strip()
    for block in re.findall(r"^ *```sh\n(.*?)^ *```$", _PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


def line(beginning: str) -> str:
    """Return the only line of the page that begins with this text."""
    lines = {each for each in LINES if each.startswith(beginning)}
    assert len(lines) == 1, lines
    return lines.pop()
