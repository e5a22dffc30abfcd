"""bin/prose: the words, the length and the start of sentences in Markdown, Python and SQL."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG = "The reaper " + "very " * 40 + "often resets the delivery."


def findings(tmp_path: Path, name: str, text: str) -> list[str]:
    """Return the findings in a file's text, without the folder."""
    file = tmp_path / name
    file.write_text(text)
    command = [sys.executable, ROOT / "bin" / "prose", file]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == (1 if result.stdout else 0), result.stderr
    return [line.removeprefix(f"{tmp_path}/") for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.md", "Plain text.\n\nThe row\nis made anew.\n", ['a.md:4: "anew" -> again']),
        ("a.md", "| a | b |\n|---|---|\n| c | made anew |\n", ['a.md:3: "anew" -> again']),
        ("a.md", f"# Title\n\n- short\n- {LONG}\n", ["a.md:4: a sentence of 46 words; at most 30"]),
        ("a.md", "Good.\nWhat fails is logged.", ['a.md:2: a sentence starts with "What" -> name the subject first']),
        ("a.py", 'def f():\n    """Return it.\n\n    It is made anew.\n    """\n', ['a.py:4: "anew" -> again']),
        ("a.py", "x = 1\n# Nothing here.\n# Made anew.\n", ['a.py:3: "anew" -> again']),
        ("a.sql", "SELECT 'anew';\n-- Made\n-- anew.\n", ['a.sql:3: "anew" -> again']),
        ("a.sql", "/* Fine.\n   Made anew. */\n", ['a.sql:2: "anew" -> again']),
    ],
)
def test_a_finding_names_its_line(tmp_path: Path, name: str, text: str, found: list[str]) -> None:
    assert findings(tmp_path, name, text) == found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "`anew` is a word, and ``anew`` too.\n\n```\nmade anew\n```\n"),
        ("a.md", "# What it promises\n\nHow do I deploy it?\n"),
        ("a.md", f"![{LONG}](a.png)\n\nTwo short ones. [docs/a.md](docs/a.md) {LONG[-60:]}\n"),
        ("a.md", f"{'One short sentence. ' * 20}\n"),
        ("a.py", 'text = "made anew"\n'),
        ("a.py", "x = 1  # noqa: anew\n"),
        ("a.sql", "SELECT 'it''s -- anew' AS anew;\n"),
        ("a.txt", "Made anew.\n"),
    ],
)
def test_code_questions_and_short_sentences_pass(tmp_path: Path, name: str, text: str) -> None:
    assert findings(tmp_path, name, text) == []


def test_a_phrase_is_found_across_lines(tmp_path: Path) -> None:
    assert findings(tmp_path, "a.py", "# It is the last\n# look.\n") == ['a.py:1: "last look" -> final check']
