"""The parameters of a route: the markers in its signature, and their values from a request.

pydantic validates each value. A route's first request builds its validators, because a container rarely needs all.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

Place = Literal["path", "query", "header", "body"]


@dataclass(frozen=True, slots=True)
class Source:
    """A marker in `Annotated`: the place of a parameter in the request, and its text for the OpenAPI document."""

    place: Place
    description: str | None = None


BODY, QUERY, PATH = Source("body"), Source("query"), Source("path")


class InvalidRequest(Exception):
    """A request that breaks the description of its route. `problems` are in the form of pydantic's errors."""

    def __init__(self, problems: list[Mapping[str, Any]]) -> None:
        super().__init__("invalid request")
        self.problems = problems


class Parameter:
    """One parameter of a route."""

    def __init__(self, declared: inspect.Parameter) -> None:
        annotation: Any = declared.annotation
        self.name = declared.name
        self.source = source_of(annotation)
        self.default = declared.default
        # The name of a header has hyphens: `idempotency_key` reads Idempotency-Key.
        self.key = declared.name.replace("_", "-") if self.source.place == "header" else declared.name
        self._validator: TypeAdapter[Any] = TypeAdapter(annotation)

    @property
    def location(self) -> tuple[str, ...]:
        """The place of the parameter in an error."""
        return ("body",) if self.source.place == "body" else (self.source.place, self.key)

    def read(self, values: Mapping[Place, Any]) -> Any:
        """Return the value, or the default if the request has none.

        Raises:
            InvalidRequest: the value is missing or invalid.
        """
        value = values["body"] if self.source.place == "body" else values[self.source.place].get(self.key)
        if value is None:
            if self.default is inspect.Parameter.empty:
                raise InvalidRequest([{"type": "missing", "loc": self.location, "msg": "Field required"}])
            return self.default
        try:
            return self._validator.validate_python(value, from_attributes=True)
        except ValidationError as error:
            problems = error.errors(include_url=False)
            raise InvalidRequest([{**each, "loc": (*self.location, *each["loc"])} for each in problems]) from None


def source_of(annotation: Any) -> Source:
    """Return the marker in an annotation. A parameter without a marker is in the path."""
    metadata = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((each for each in metadata if isinstance(each, Source)), PATH)


def parameters_of(function: Callable[..., Any]) -> list[Parameter]:
    """Return the parameters of a route, those of the path first and the body last."""
    order = ("path", "query", "header", "body")
    found = [Parameter(each) for each in inspect.signature(function).parameters.values()]
    return sorted(found, key=lambda each: order.index(each.source.place))


def read_all(parameters: list[Parameter], values: Mapping[Place, Any]) -> dict[str, Any]:
    """Return the values of all parameters by name.

    Raises:
        InvalidRequest: some are missing or invalid. It has the problems of all.
    """
    arguments: dict[str, Any] = {}
    problems: list[Mapping[str, Any]] = []
    for parameter in parameters:
        try:
            arguments[parameter.name] = parameter.read(values)
        except InvalidRequest as error:
            problems += error.problems
    if problems:
        raise InvalidRequest(problems)
    return arguments
