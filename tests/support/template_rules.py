"""The rules of the template about its parameters, as CloudFormation judges them before a deploy."""

from typing import Any

from tests.support.translated_template import Worked


def refusals(given: dict[str, str]) -> list[str]:
    """Return the descriptions of the assertions that the parameters break: none if CloudFormation accepts them."""
    worked = Worked(given)
    return [
        assertion["AssertDescription"]
        for rule in worked.template["Rules"].values()
        if _holds(worked, rule["RuleCondition"])
        for assertion in rule["Assertions"]
        if not _holds(worked, assertion["Assert"])
    ]


def _holds(worked: Worked, node: Any) -> bool:
    match node:
        case {"Fn::Not": [inner]}:
            return not _holds(worked, inner)
        case {"Fn::And": parts}:
            return all(_holds(worked, part) for part in parts)
        case {"Fn::Or": parts}:
            return any(_holds(worked, part) for part in parts)
        case {"Fn::Equals": [left, right]}:
            return worked.resolve(left) == worked.resolve(right)
        case {"Fn::EachMemberEquals": [members, value]}:
            return all(member == value for member in worked.resolve(members))
        case _:
            raise ValueError(f"a rule cannot contain this: {node}")
