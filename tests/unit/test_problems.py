"""Messages for invalid requests: each in plain English, whatever pydantic calls it."""

from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from carillon.problems import explain


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (int, "9" * 5000, "must be a whole number"),
        (int, "1.5", "must be a whole number"),
        (Annotated[str, Field(min_length=1)], "", "must not be empty"),
        (Annotated[list[str], Field(min_length=1)], [], "must have at least 1 entry"),
    ],
)
def test_a_message_has_the_words_of_the_project(kind: Any, value: object, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    [problem] = refused.value.errors()
    assert explain(problem) == {"field": "request", "message": message}
