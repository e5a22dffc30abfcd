"""The severities, and the look of each one.

The words for a severity are in `words/`, by language. `bin/vocabularies` writes the files of the bell and the list in
docs/api.md from here and from `words/`. tests/unit/test_severities.py names a missing part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Severity = Literal["info", "success", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # from the least urgent to the most


class Shades(NamedTuple):
    """One colour in the light and the dark scheme."""

    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class SeveritySpec:
    """The look of one severity in emails and in the bell. Each has colours for its own backgrounds."""

    email: Shades
    bell: Shades | None  # None: the muted colour of the panel
    icon: str  # in the bell: an SVG path of strokes, on a field of 20 by 20


_CIRCLE = "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15"

SEVERITY_SPECS: Mapping[Severity, SeveritySpec] = {
    "info": SeveritySpec(
        email=Shades(light="#1a5bb8", dark="#9cc4ff"),
        bell=None,
        icon=f"{_CIRCLE}M10 9v5M10 6.2v.01",
    ),
    "success": SeveritySpec(
        email=Shades(light="#0a6b42", dark="#7fd8a8"),
        bell=Shades(light="#1a7040", dark="#63cf93"),
        icon=f"{_CIRCLE}M6.5 10.2 9 12.7l4.5-5",
    ),
    "warning": SeveritySpec(
        email=Shades(light="#8a4b00", dark="#f2bd6b"),
        bell=Shades(light="#8a5300", dark="#f0b44d"),
        icon="M10 3 1.8 17h16.4zM10 8v4M10 14.5v.01",
    ),
    "critical": SeveritySpec(
        email=Shades(light="#b3261e", dark="#ffa097"),
        bell=Shades(light="#b3261e", dark="#ff8d82"),
        icon="M7 2.5h6L17.5 7v6L13 17.5H7L2.5 13V7zM10 6v5M10 14v.01",
    ),
}
