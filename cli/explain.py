"""The command `carillon explain`, and the explanations of codes below other answers. They need no stack."""

from collections.abc import Iterable
from dataclasses import asdict
from difflib import get_close_matches
from typing import Annotated

import typer

from carillon.codes import CODES, codes_like, codes_named
from carillon.codes.code import Code
from carillon.codes.deliveries import UNKNOWN
from cli.formats import table
from cli.session import FOUND, Session, command

app = typer.Typer()

_KINDS = {
    "api": "error of the API",
    "command": "error of this command",
    "delivery": "error of a delivery",
    "reason": "reason",
    "feedback": "feedback of the provider",
    "database": "database_refused",
}


@command(app, "explain")
def explain(
    session: Session,
    name: Annotated[str | None, typer.Argument(metavar="CODE", help="A code or reason; without it, all.")] = None,
) -> None:
    """What does a code mean, and what helps? Shows the cause and the remedy of error codes and reasons.

    It needs no stack. Exits with 1 if the table does not have the code: then AWS made it.
    Example: carillon explain access_denied
    """
    found = (codes_named(name) or codes_like(name)) if name else list(CODES)
    shown = found or [UNKNOWN]
    similar = [] if found else get_close_matches((name or "").casefold(), sorted({code.name for code in CODES}))
    rows = [(code.name, _KINDS[code.kind], code.cause, code.remedy) for code in CODES]
    lines = [line for code in shown for line in _paragraph(code, name if not found else None)]
    if similar:
        lines.append(f"  similar  {', '.join(similar)}")
    session.show(
        {"codes": [asdict(code) for code in found]},
        *(lines if name else [table(("code", "kind", "cause", "remedy"), rows)]),
    )
    if not found:
        raise typer.Exit(FOUND)


def _paragraph(code: Code, unknown: str | None) -> list[str]:
    named = f"  AWS      {', '.join(code.aws)}"
    return [
        f"{unknown or code.name} ({_KINDS[code.kind]})",
        f"  cause    {code.cause}",
        f"  remedy   {code.remedy}",
        *([named] if code.aws else []),
    ]


def explained(names: Iterable[str | None], *, kind: str = "delivery") -> list[str]:
    """Return the paragraphs about the codes of deliveries that an answer has, each once."""
    lines: list[str] = []
    for name in dict.fromkeys(names):
        if name is not None:
            known = [code for code in codes_named(name) if code.kind == kind]
            for code in known or [UNKNOWN]:
                lines += ["", *_paragraph(code, None if known else name)]
    return lines
