"""A reader of template.yaml for tests."""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import yaml

from carillon.database.choices import CHOICES
from tests.support.paths import ROOT

TEMPLATE = ROOT / "template.yaml"
WITHOUT_DATABASE = ("LiveHints", "LiveAuthorizer")  # functions that no database and no network of the stack is for


class _Loader(yaml.SafeLoader):
    """A loader that reads `!Ref x` as {"Ref": x}, and the other functions in the same way."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def load(text: str) -> dict[str, Any]:
    """Return a template, or a part of one, as data."""
    return yaml.load(text, _Loader)


@cache
def template() -> dict[str, Any]:
    return load(TEMPLATE.read_text())


def properties(name: str) -> dict[str, Any]:
    return template()["Resources"][name]["Properties"]


def as_deployed(value: Any) -> Any:
    """Return a value of the template, with the default in place of a reference to a parameter that has one."""
    parameter = template()["Parameters"].get(value.get("Ref"), {}) if isinstance(value, dict) else {}
    return str(parameter["Default"]) if "Default" in parameter else value


def functions() -> dict[str, dict[str, Any]]:
    resources = template()["Resources"]
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == "AWS::Serverless::Function"}


def timeout(function: str) -> int:
    return properties(function).get("Timeout", template()["Globals"]["Function"]["Timeout"])


def variables(function: str) -> dict[str, Any]:
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return shared | properties(function)["Environment"]["Variables"]


def defaults_of(function: str) -> dict[str, str]:
    """Return the environment of a function in a stack with only the required parameters."""
    declared = template()["Parameters"]
    only_then = "Condition" in template()["Resources"][function]  # it exists in a stack with more than those
    required = {"AppUrl": "https://app.example.com"}

    def value(node: Any) -> str:
        match node:
            case str():
                return node
            case {"Ref": name} if name in declared:
                return str(declared[name].get("Default", required.get(name)))
            case {"Fn::If": [_, yes, no]}:
                return value(yes if only_then else no)
            case {"Fn::GetAtt": ["Migration", name]}:
                return CHOICES[name][0]
            case _:
                return "made-by-the-stack"

    return {name: value(node) for name, node in variables(function).items()}


def statements(function: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the statements of a function's role, each with its condition, or with an empty string."""
    for policy in properties(function).get("Policies", []):
        match policy:
            case {"Fn::If": [condition, {"Ref": name}, {"Ref": "AWS::NoValue"}]}:
                yield from ((condition, s) for s in properties(name)["PolicyDocument"]["Statement"])
            case {"Ref": name}:
                yield from (("", s) for s in properties(name)["PolicyDocument"]["Statement"])
            case {"Statement": plain}:
                yield from (("", s) for s in plain)
            case _:
                raise AssertionError(f"{function} has a policy of another form: {policy}")


def actions(function: str) -> set[str]:
    found: set[str] = set()
    for _, statement in statements(function):
        action = statement["Action"]
        found |= {action} if isinstance(action, str) else set(action)
    return found
