"""The rules of the template about its parameters, as CloudFormation judges them before a deploy."""

from typing import Any

from tests.support.translated_template import Worked


def refusals(given: dict[str, str], template: dict[str, Any] | None = None, region: str = "eu-central-1") -> list[str]:
    """Return the descriptions of the assertions that the parameters break: none if CloudFormation accepts them."""
    worked = Worked(given, template)
    return [
        assertion["AssertDescription"]
        for rule in worked.template["Rules"].values()
        if "RuleCondition" not in rule or _holds(worked, rule["RuleCondition"], region)
        for assertion in rule["Assertions"]
        if not _holds(worked, assertion["Assert"], region)
    ]


def _holds(worked: Worked, node: Any, region: str) -> bool:
    match node:
        case {"Fn::Equals": [{"Ref": "AWS::Region"}, wanted]}:
            return region == wanted
        case {"Fn::Not": [inner]}:
            return not _holds(worked, inner, region)
        case {"Fn::And": parts}:
            return all(_holds(worked, part, region) for part in parts)
        case {"Fn::Or": parts}:
            return any(_holds(worked, part, region) for part in parts)
        case {"Fn::Equals": [left, right]}:
            return worked.resolve(left) == worked.resolve(right)
        case {"Fn::Contains": [choices, value]}:
            return worked.resolve(value) in worked.resolve(choices)
        case {"Fn::EachMemberEquals": [members, value]}:
            return all(member == value for member in worked.resolve(members))
        case _:
            raise ValueError(f"a rule cannot contain this: {node}")
