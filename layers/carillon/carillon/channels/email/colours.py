"""The colours of an email, in the light and the dark scheme.

Each colour of a text has a contrast of at least 4.5 : 1 on its background, in both schemes. The contrast remains if a
mail client inverts the lightness by itself. tests/unit/channels/test_email_html.py computes it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from carillon.models.delivery import Severity


class Shades(NamedTuple):
    """One colour in both schemes."""

    light: str
    dark: str


SURFACES: Mapping[str, Shades] = {
    "page": Shades(light="#f4f4f6", dark="#121317"),
    "card": Shades(light="#ffffff", dark="#1c1e24"),
    "ink": Shades(light="#1b1d22", dark="#f2f3f5"),
    "quiet": Shades(light="#5a6070", dark="#a7adba"),
    "line": Shades(light="#e3e5ea", dark="#343842"),
    "link": Shades(light="#a9afbb", dark="#6b7280"),
    "button": Shades(light="#1b1d22", dark="#f2f3f5"),
    "on-button": Shades(light="#ffffff", dark="#1b1d22"),
}
SEVERITY_TEXTS: Mapping[Severity, Shades] = {
    "critical": Shades(light="#b3261e", dark="#ffa097"),
    "warning": Shades(light="#8a4b00", dark="#f2bd6b"),
    "success": Shades(light="#0a6b42", dark="#7fd8a8"),
    "info": Shades(light="#1a5bb8", dark="#9cc4ff"),
}

# As the template reads them, by the names of its CSS classes.
_ALL = {**SURFACES, **SEVERITY_TEXTS}  # a severity without colours fails in the template and in test_severities
LIGHT: Mapping[str, str] = {name: shades.light for name, shades in _ALL.items()}
DARK: Mapping[str, str] = {name: shades.dark for name, shades in _ALL.items()}
