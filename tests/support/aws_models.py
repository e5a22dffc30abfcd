"""A stricter check of calls to AWS than botocore's own: lengths, upper limits and enumerations of its models.

botocore checks names, types and lower limits before it sends a request. AWS also checks the rest, and moto does not.
"""

from collections.abc import Iterator
from typing import Any, cast

from botocore.model import OperationModel


def faults_of(operation: OperationModel, parameters: dict[str, Any]) -> list[str]:
    """Return what AWS would refuse in the parameters of a call, by the model of the operation."""
    return list(_faults(operation.input_shape, parameters, operation.name)) if operation.input_shape else []


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in value.keys() & shape.members.keys():  # botocore refuses others
            yield from _faults(shape.members[name], value[name], f"{path}.{name}")
    elif shape.type_name == "map" and isinstance(value, dict):
        for name, one in cast("dict[str, Any]", value).items():
            yield from _faults(shape.value, one, f"{path}[{name}]")
    elif shape.type_name == "list":
        yield from _too_many(shape, value, path, "entries")
        for number, one in enumerate(value):
            yield from _faults(shape.member, one, f"{path}[{number}]")
    elif shape.type_name == "string":
        yield from _too_many(shape, value, path, "characters")
        if shape.enum and value not in shape.enum:
            yield f"{path} must be one of {', '.join(shape.enum)}"
    elif shape.type_name == "integer" and value > shape.metadata.get("max", value):
        yield f"{path} is more than {shape.metadata['max']}"


def _too_many(shape: Any, value: Any, path: str, things: str) -> Iterator[str]:
    most = shape.metadata.get("max")
    if most is not None and len(value) > most:
        yield f"{path} has {len(value)} {things}, at most {most}"
