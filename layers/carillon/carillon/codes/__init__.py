"""The table of all codes, each with its cause and remedy.

The OpenAPI document, the command (`carillon explain`, `trace` and `failed ls`) and docs/errors.md read it. No function
of the API imports it. Tests compare it with the code, the SQL and AWS: tests/unit/test_codes.py.

A code that AWS invents later is in no table. Then `deliveries.UNKNOWN` says what Carillon does with it.
"""

from carillon.codes import api, database, deliveries, reasons
from carillon.codes.code import Code, Kind

__all__ = ["CODES", "Code", "Kind", "codes_like", "codes_named", "codes_of"]

CODES: tuple[Code, ...] = (
    *api.API, *api.COMMAND, *deliveries.DELIVERY, *reasons.REASONS, *reasons.FEEDBACK, *database.DATABASE
)  # fmt: skip


def codes_named(name: str) -> list[Code]:
    """Return the codes of a name. Several kinds may have the same name, as `rejected` and `invalid` show."""
    return [code for code in CODES if code.name == name]


def codes_like(text: str) -> list[Code]:
    """Return the codes that a person means: by name or by the name at AWS, with any case, `-` or spaces."""
    wanted = _plain(text)
    return [code for code in CODES if wanted in map(_plain, (code.name, *code.aws))]


def _plain(name: str) -> str:
    return name.casefold().translate(str.maketrans("", "", "_- "))


def codes_of(kind: Kind) -> list[Code]:
    """Return the codes of one kind, in the order of the documentation."""
    return [code for code in CODES if code.kind == kind]
