"""The origins whose pages may call the devstack: the usual ports of development servers, or those that were chosen."""

import re
from pathlib import Path

# React and Express, Vite's preview, Angular, Astro, Flask, Vite, VS Code's Live Server, Django, webpack, Jupyter.
_USUAL_PORTS = (3000, 3001, 4173, 4200, 4321, 5000, 5173, 5174, 5500, 8000, 8080, 8888)
USUAL = tuple(f"http://{host}:{port}" for port in _USUAL_PORTS for host in ("localhost", "127.0.0.1"))
RESET = "default"  # the word that drops the choice

_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class WrongOrigin(ValueError):
    """A text is not an origin. The message says what an origin is."""


def parse(text: str) -> tuple[str, ...]:
    """Return the origins of a text that separates them by commas.

    Raises:
        WrongOrigin: one of them is not an origin. `null`, the origin of a page from a file, is refused too: every
            sandboxed frame of every website has it.
    """
    origins = [part.strip().lower().rstrip("/") for part in text.split(",") if part.strip()]
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise WrongOrigin(
                f"{origin!r} is not an origin. An origin is a scheme, a host and a port, like http://localhost:5173."
            )
    if not origins:
        raise WrongOrigin("No origin is named. Name one like http://localhost:5173.")
    return tuple(dict.fromkeys(origins))


def choose(file: Path, text: str | None) -> tuple[str, ...]:
    """Return the origins to allow, and remember a choice in `file` for the next start.

    Without a text, the remembered choice counts, else the usual ones. The text `default` drops a remembered choice.

    Raises:
        WrongOrigin: the text, or the remembered one, has something else than origins.
    """
    if text is None:
        return parse(file.read_text()) if file.exists() else USUAL
    if text.strip() == RESET:
        file.unlink(missing_ok=True)
        return USUAL
    origins = parse(text)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(",".join(origins) + "\n")
    return origins
