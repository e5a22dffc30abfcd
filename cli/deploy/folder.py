"""The team's folder, as its file `carillon.toml` and its pinned requirement describe it.

Names that begin with a capital are parameters of the template: at the top for every environment, in a table for one.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.deploy.parameters import as_text
from cli.deploy.rollout import NONE, ROLLOUTS

FILE = "carillon.toml"
REQUIREMENTS = "requirements.txt"
# The name of a stack is part of longer names: a queue's has at most 80 characters, a database proxy's 60. That of an
# API of AppSync has at most 50.
NAME = re.compile(r"[a-z](?:-?[a-z0-9]){0,29}")
STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,49}")
# A requirement of a version, or the file of a wheel.
_PIN = re.compile(
    r"^(?!#)(?:carillon[-_.]service(?:\[[^\]]*\])?\s*==\s*|\S*\bcarillon_service-)(\d[\w.!+]*)",
    re.MULTILINE | re.IGNORECASE,
)
_ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
# Each key of an environment that is no parameter, and the form of its value.
_KEYS: dict[str, tuple[re.Pattern[str], str]] = {
    "region": (REGION, "a region like eu-central-1"),
    "account": (_ACCOUNT, "the 12 digits of an AWS account"),
    "stack": (STACK, "the name of a stack"),
    "bucket": (re.compile(r"[a-z0-9][a-z0-9.-]{2,62}"), "the name of an S3 bucket"),
    "role": (re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+"), "the ARN of an IAM role"),
    "rollout": (re.compile("|".join([NONE, *ROLLOUTS])), f"one of {', '.join([NONE, *ROLLOUTS])}"),
}


class WrongFolder(ValueError):
    """The folder has a fault. The message names the file and the field."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One stack of the folder. `parameters` has those that the folder sets, as text.

    `account` is the only AWS account that may have the stack, `bucket` the one for its artefacts. If there is no
    bucket, SAM makes one. `role` is the one with which CloudFormation changes the stack, by default that of the caller.
    `rollout` says how the functions of the API get a new version: `cli/deploy/rollout.py`.
    """

    name: str
    stack: str
    region: str
    parameters: Mapping[str, str]
    account: str | None = None
    bucket: str | None = None
    role: str | None = None
    rollout: str = NONE


@dataclass(frozen=True, slots=True)
class Folder:
    """A team's folder. `version` is the release that it asks for."""

    path: Path
    name: str
    version: str
    environments: Mapping[str, Environment]

    @property
    def categories(self) -> Path:
        """The team's file of categories."""
        return self.path / "categories.toml"

    @property
    def templates(self) -> Path:
        """The team's folder of templates of notifications. It may be missing."""
        return self.path / "templates"

    @property
    def work(self) -> Path:
        """The folder of what a deploy of this version writes. It may be deleted at any time.

        A version has a folder of its own, so that a rollback finds its packages built.
        """
        return self.path / ".carillon" / self.version

    def environment(self, name: str | None) -> Environment:
        """Return an environment by its name, or the only one.

        Raises:
            WrongFolder: there is none of that name, or none was named and there are several.
        """
        known = ", ".join(self.environments)
        if name is None:
            if len(self.environments) != 1:
                raise WrongFolder(f"Name the environment: {known}.")
            return next(iter(self.environments.values()))
        if name not in self.environments:
            raise WrongFolder(f"{FILE} has no environment {name}. It has {known}.")
        return self.environments[name]


def find_folder(start: Path | None = None) -> Path | None:
    """Return the team's folder around `start`, by default the current folder. Return None if there is none."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / FILE).is_file()), None)


def read_folder(path: Path) -> Folder:
    """Read and check a team's folder. It checks the names of the parameters' form, and not their values.

    Raises:
        WrongFolder: a file is missing, cannot be read, or has a wrong field.
    """
    try:
        declared = tomllib.loads((path / FILE).read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongFolder(f"{FILE}: {error}") from None
    name = declared.pop("name", None)
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        raise WrongFolder(f"{FILE}: name: must be at most 30 lower-case letters, digits and single hyphens, like acme")
    tables: dict[str, dict[str, Any]] = {key: value for key, value in declared.items() if isinstance(value, dict)}
    shared = {key: value for key, value in declared.items() if key not in tables}
    environments = {key: _environment(name, key, shared, table) for key, table in tables.items()}
    if not environments:
        raise WrongFolder(f"{FILE}: there is no environment: add a table like [staging]")
    stacks = [environment.stack for environment in environments.values()]
    if len({*stacks}) < len(stacks):
        raise WrongFolder(f"{FILE}: two environments have the same stack")
    return Folder(path, name, _pinned(path), environments)


def _environment(name: str, environment: str, shared: dict[str, Any], table: dict[str, Any]) -> Environment:
    if not NAME.fullmatch(environment):
        raise WrongFolder(f"{FILE}: [{environment}]: must be a name like staging")
    keys: dict[str, str] = {}
    parameters: dict[str, str] = {}
    for key, value in (shared | table).items():
        field = f"{FILE}: {key}" if key not in table else f"{FILE}: [{environment}] {key}"
        if key[:1].isupper():
            text = as_text(value)
            if text is None:
                raise WrongFolder(f"{field}: must be text, a number, true, false, or a list of texts")
            parameters[key] = text
        elif key not in _KEYS or key not in table:
            known = f"a key of an environment: {', '.join(_KEYS)}" if key in table else "name"
            raise WrongFolder(f"{field}: is neither {known} nor a parameter, which begins with a capital")
        elif not (isinstance(value, str) and _KEYS[key][0].fullmatch(value)):
            raise WrongFolder(f"{field}: must be {_KEYS[key][1]}")
        else:
            keys[key] = value
    if "region" not in keys:
        raise WrongFolder(f"{FILE}: [{environment}]: needs region")
    stack = keys.setdefault("stack", f"{name}-{environment}")
    if not STACK.fullmatch(stack):
        raise WrongFolder(f"{FILE}: [{environment}]: the stack {stack} has {len(stack)} letters; 50 are possible")
    return Environment(name=environment, parameters=parameters, **keys)


def _pinned(path: Path) -> str:
    """Return the version that the requirements pin."""
    try:
        text = (path / REQUIREMENTS).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongFolder(f"{REQUIREMENTS}: {error}") from None
    found = _PIN.findall(text)
    if len(found) != 1:
        raise WrongFolder(f"{REQUIREMENTS}: must have one line like carillon-service[cli]==1.2.3, or with its wheel")
    return found[0]
