"""The code of a page."""

import re
from pathlib import Path


def code_of(page: Path, language: str) -> list[str]:
    """Return the blocks of code of one language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
