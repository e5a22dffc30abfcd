"""The folder of templates: `<name>/<version>.toml`."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from carillon.models.fields import TEMPLATE_NAME
from carillon.problems import explain
from carillon.templates.rendering import MessageTemplate

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VERSION = re.compile(r"[1-9][0-9]{0,5}")


class UnknownTemplate(ValueError):
    """The folder has no such template, or no such version."""


@cache
def find_template(folder: Path, reference: str) -> MessageTemplate:
    """Return a template by `name` or `name@version`. Without a version, return the newest. A file is read once.

    Raises:
        UnknownTemplate: there is none.
        ValueError: its file is not valid.
    """
    named = TEMPLATE_NAME.fullmatch(reference)
    name, _, version = reference.partition("@")
    versions = _versions(folder / name) if named else {}
    chosen = version or max(versions, key=int, default="")
    if chosen not in versions:
        raise UnknownTemplate("is not a template of this stack, or not a version of it")
    return read_template(versions[chosen])


def read_template(path: Path) -> MessageTemplate:
    """Read one file. Its texts are not checked.

    Raises:
        ValueError: the file cannot be read, is not TOML, or has a wrong field. The text names the file and each field.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        declared = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{name}: {error}") from None
    try:
        return MessageTemplate.model_validate(declared)
    except ValidationError as error:
        problems = [explain(problem) for problem in error.errors()]
        raise ValueError("\n".join(f"{name}: {each['field']}: {each['message']}" for each in problems)) from None


def list_templates(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each `name@version` with its file, sorted by name and version.

    Raises:
        ValueError: something in the folder is no template.
    """
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        versions = _versions(entry)
        if not _NAME.fullmatch(entry.name) or len(versions) != len([*entry.iterdir()]):
            raise ValueError(
                f"{entry.name}: a template is a folder of files 1.toml, 2.toml and so on, and nothing else"
            )
        for version in sorted(versions, key=int):
            yield f"{entry.name}@{version}", versions[version]


def check_templates(folder: Path) -> None:
    """Read and check all templates.

    Raises:
        ValueError: a template is not valid. Each line names the file and the fault.
    """
    faults: list[str] = []
    for _, path in list_templates(folder):
        try:
            read_template(path).check()
        except ValueError as error:
            name = f"{path.parent.name}/{path.name}: "
            faults += [name + line.removeprefix(name) for line in str(error).splitlines()]
    if faults:
        raise ValueError("\n".join(faults))


def _versions(folder: Path) -> dict[str, Path]:
    found = folder.glob("*.toml") if folder.is_dir() else ()
    return {path.stem: path for path in found if _VERSION.fullmatch(path.stem)}
