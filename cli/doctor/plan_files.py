"""The files of a deploy's parameters: a team's carillon.toml, samconfig.toml, and JSON as the AWS CLI reads it."""

import json
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import typer

from cli.deploy.folder import FILE, WrongFolder, read_folder

# The other form of a parameter that `sam deploy --parameter-overrides` reads.
_LONG_FORM = re.compile(r"ParameterKey=(?P<name>[^,]+),ParameterValue=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The content of a file: the parameters of the template, and options of `sam deploy` that the command has too."""

    parameters: dict[str, str] = field(default_factory=dict[str, str])
    stack_name: str | None = None
    region: str | None = None
    profile: str | None = None


def read_file(path: Path, environment: str) -> Chosen:
    """Read a file of parameters. `environment` chooses a part of a TOML file, as `--config-env` of sam does.

    In carillon.toml, `default` means its only environment.

    Raises:
        typer.BadParameter: the file cannot be read, or has another form.
    """
    if path.name == FILE:
        return _from_folder(path, None if environment == "default" else environment)
    try:
        text = path.read_text("utf-8")
        return _from_samconfig(tomllib.loads(text), environment) if path.suffix == ".toml" else _from_json(text)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise typer.BadParameter(
            f"{path} is neither a samconfig.toml with the environment {environment!r} nor JSON with parameters."
        ) from None


def _from_folder(path: Path, environment: str | None) -> Chosen:
    try:
        chosen = read_folder(path.parent).environment(environment)
    except WrongFolder as fault:
        raise typer.BadParameter(str(fault)) from None
    return Chosen(dict(chosen.parameters), chosen.stack, chosen.region)


def _from_samconfig(document: dict[str, Any], environment: str) -> Chosen:
    part = document[environment]
    given: dict[str, Any] = part.get("global", {}).get("parameters", {}) | part.get("deploy", {}).get("parameters", {})
    overrides = given.get("parameter_overrides", {})
    return Chosen(
        parameters=parse_overrides(overrides),
        **{name: str(given[name]) for name in ("stack_name", "region", "profile") if name in given},
    )


def _from_json(text: str) -> Chosen:
    document: Any = json.loads(text)
    if isinstance(document, list):
        rows = cast("list[dict[str, str]]", document)
        return Chosen({row["ParameterKey"]: str(row["ParameterValue"]) for row in rows})
    return Chosen(parse_overrides(document.get("Parameters", document)))


def parse_overrides(overrides: str | list[str] | Mapping[str, object]) -> dict[str, str]:
    """Parse `parameter_overrides` in each form that sam reads: a text, a list of texts, or a table.

    Raises:
        ValueError, AttributeError: it has another form.
    """
    if isinstance(overrides, Mapping):
        return {name: str(value) for name, value in overrides.items()}
    words = shlex.split(overrides) if isinstance(overrides, str) else list(overrides)
    parsed: dict[str, str] = {}
    for word in words:
        long = _LONG_FORM.fullmatch(word)
        name, separator, value = (long["name"], "=", long["value"]) if long else word.partition("=")
        if not separator:
            raise ValueError(word)
        parsed[name] = value.strip('"')
    return parsed
