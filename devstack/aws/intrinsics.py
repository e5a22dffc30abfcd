"""Resolve the CloudFormation functions that the body of an API uses."""

from typing import Any, cast

ABSENT = object()


class Resolver:
    """Resolves nodes of a template with the values of its parameters. It leaves unknown nodes as they are."""

    def __init__(self, template: dict[str, Any], values: dict[str, str]) -> None:
        self._conditions: dict[str, Any] = template.get("Conditions", {})
        self._parameters = {
            name: _split(values[name]) if "List" in declared["Type"] else values[name]
            for name, declared in template.get("Parameters", {}).items()
            if name in values
        }

    def resolve(self, node: Any) -> Any:
        """Return the node with its references, conditions and lists resolved."""
        match node:
            case {"Ref": "AWS::NoValue"}:
                return ABSENT
            case {"Ref": name} if name in self._parameters:
                return self._parameters[name]
            case {"Fn::If": [condition, yes, no]}:
                return self.resolve(yes if self._is_true({"Condition": condition}) else no)
            case {"Fn::Split": [separator, text]}:
                return self.resolve(text).split(separator)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.resolve(parts))
            case dict():
                pairs = cast("dict[str, Any]", node).items()
                return {key: value for key, inner in pairs if (value := self.resolve(inner)) is not ABSENT}
            case list():
                items = cast("list[Any]", node)
                return [value for inner in items if (value := self.resolve(inner)) is not ABSENT]
            case _:
                return node

    def _is_true(self, condition: Any) -> bool:
        match condition:
            case {"Condition": name}:
                return self._is_true(self._conditions[name])
            case {"Fn::Not": [inner]}:
                return not self._is_true(inner)
            case {"Fn::And": parts}:
                return all(map(self._is_true, parts))
            case {"Fn::Or": parts}:
                return any(map(self._is_true, parts))
            case {"Fn::Equals": [left, right]}:
                return self.resolve(left) == self.resolve(right)
            case _:
                raise ValueError(f"unknown condition: {condition}")


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]
