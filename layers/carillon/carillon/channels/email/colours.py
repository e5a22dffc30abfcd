"""The colours of an email, in the light and the dark scheme.

Each colour of a text has a contrast of at least 4.5 : 1 on its background, in both schemes. The contrast remains if a
mail client inverts the lightness by itself. tests/unit/channels/test_email_html.py computes it.
"""

from collections.abc import Mapping

from carillon.models.severity import SEVERITIES, SEVERITY_SPECS, Shades

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

# As the template reads them, by the names of its CSS classes.
_ALL = {**SURFACES, **{severity: SEVERITY_SPECS[severity].email for severity in reversed(SEVERITIES)}}
LIGHT: Mapping[str, str] = {name: shades.light for name, shades in _ALL.items()}
DARK: Mapping[str, str] = {name: shades.dark for name, shades in _ALL.items()}
