"""The parameters of the template: what each means, its default, and the check of a value before AWS sees it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. Without a default it is required."""

    name: str
    description: str
    default: str | None
    allowed: Sequence[str]
    pattern: str | None
    constraint: str
    most: float | None
    least: float | None
    longest: int | None
    is_list: bool

    def fault(self, value: str) -> str | None:
        """Return why a value is not allowed, or None."""
        if self.allowed and value not in self.allowed:
            return f"must be {', '.join(self.allowed[:-1])} or {self.allowed[-1]}"
        parts = value.split(",") if self.is_list else [value]
        if self.pattern and not all(re.search(self.pattern, part) for part in parts):
            return f"must be {self.constraint}"
        if self.longest is not None and len(value) > self.longest:
            return f"must have at most {self.longest} characters"
        if self.least is not None or self.most is not None:
            if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
                return "must be a number"
            if self.least is not None and float(value) < self.least:
                return f"must be at least {self.least:g}"
            if self.most is not None and float(value) > self.most:
                return f"must be at most {self.most:g}"
        return None


def read_parameters(template: Path) -> dict[str, Parameter]:
    """Return the parameters of a template, in its order."""
    import yaml  # here, because no other command needs it

    class Loader(yaml.SafeLoader):
        """A loader that accepts CloudFormation's tags. No parameter has one."""

    def ignored(*_: object) -> None:
        return None

    Loader.add_multi_constructor("!", cast("Any", ignored))
    declared: dict[str, dict[str, Any]] = yaml.load(template.read_text("utf-8"), Loader)["Parameters"]  # noqa: S506 - it is a SafeLoader
    return {name: _parameter(name, each) for name, each in declared.items()}


def check_values(parameters: Mapping[str, Parameter], given: Mapping[str, str]) -> dict[str, str]:
    """Return a value for each parameter: the given one, or else its default.

    Raises:
        ValueError: one line for each value that is wrong, missing, or belongs to no parameter.
    """
    faults = [f"{name}: is not a parameter of this release" for name in given if name not in parameters]
    values: dict[str, str] = {}
    for name, parameter in parameters.items():
        value = given.get(name, parameter.default)
        if value is None:
            faults.append(f"{name}: is required. {parameter.description}")
        elif fault := parameter.fault(value):
            faults.append(f"{name}: {fault}")
        else:
            values[name] = value
    if faults:
        raise ValueError("\n".join(faults))
    return values


def as_text(value: Any) -> str | None:
    """Return a value of TOML as CloudFormation expects it, or None if it cannot be one."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
        case list():
            texts = cast("list[object]", value)
            return ",".join(str(text) for text in texts) if all(isinstance(text, str) for text in texts) else None
        case _:
            return None


def _parameter(name: str, declared: dict[str, Any]) -> Parameter:
    default = declared.get("Default")
    return Parameter(
        name=name,
        description=declared["Description"],
        default=None if default is None else str(default),
        allowed=[str(value) for value in declared.get("AllowedValues", ())],
        pattern=declared.get("AllowedPattern"),
        constraint=declared.get("ConstraintDescription", ""),
        most=declared.get("MaxValue"),
        least=declared.get("MinValue"),
        longest=declared.get("MaxLength"),
        is_list=declared["Type"] == "CommaDelimitedList",
    )
