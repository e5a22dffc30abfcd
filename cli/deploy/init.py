"""Write a new folder for a team. It never overwrites a file."""

import json
import shutil
from importlib.metadata import distribution
from pathlib import Path

from cli.deploy.folder import NAME, REGION, WrongFolder
from cli.deploy.release import installed_version

_STARTER = Path(__file__).with_name("starter")
# Files whose names begin with a dot in the team's folder. In the package they have none, so that no tool obeys them.
_DOTTED = {"gitignore": ".gitignore", "github": ".github"}


def write_folder(target: Path, name: str, region: str) -> list[Path]:
    """Write the files of a new folder, with the wheel of the release if it is at hand, and return their paths.

    Raises:
        WrongFolder: the name or the region is not possible, or one of the files exists. Then nothing was written.
        OSError: a file cannot be written.
    """
    if not NAME.fullmatch(name):
        raise WrongFolder(f"{name!r}: must be at most 30 lower-case letters, digits and single hyphens, like acme")
    if not REGION.fullmatch(region):
        raise WrongFolder(f"{region!r}: must be a region like eu-central-1")
    values = {"@NAME@": name, "@REGION@": region, "@VERSION@": installed_version()}
    texts: dict[Path, str] = {}
    for source in sorted(path for path in _STARTER.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        first, *rest = source.relative_to(_STARTER).parts
        text = source.read_text("utf-8")
        for word, value in values.items():
            text = text.replace(word, value)
        texts[target.joinpath(_DOTTED.get(first, first), *rest)] = text
    if existing := [str(path) for path in texts if path.exists()]:
        raise WrongFolder(f"Nothing was written, because there is already: {', '.join(existing)}")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    wheel = _installed_wheel()
    if wheel is None:
        return [*texts]
    place = target / "wheels" / wheel.name
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(wheel, place)
    return [*texts, place]


def _installed_wheel() -> Path | None:
    """Return the file that this command was installed from, if it was a wheel that is still there."""
    origin = distribution("carillon-service").read_text("direct_url.json")  # PEP 610
    url = str(json.loads(origin)["url"]) if origin else ""
    path = Path.from_uri(url) if url.startswith("file:") else None
    return path if path and path.suffix == ".whl" and path.is_file() else None
