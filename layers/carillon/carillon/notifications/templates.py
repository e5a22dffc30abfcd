"""The texts of a notification from a template. Only a request with a template imports this module."""

from collections.abc import Mapping

from pydantic import JsonValue

from carillon.errors import Invalid
from carillon.links.targets import validate_target_url
from carillon.models.texts import Said
from carillon.settings import CreateSettings
from carillon.templates.rendering import WrongValues
from carillon.templates.store import UnknownTemplate, find_template


def render(settings: CreateSettings, reference: str, variables: Mapping[str, JsonValue]) -> list[Said]:
    """Return what a template says in each language. A URL must lead where a `target_url` may.

    Raises:
        Invalid: the stack has no such template, or its variables have wrong values.
    """
    try:
        template = find_template(settings.templates_folder, reference)
        said = template.render(variables)
    except UnknownTemplate as error:
        raise Invalid(details=[{"field": "template", "message": str(error)}]) from None
    except WrongValues as error:
        raise Invalid(details=[*error.problems]) from None
    for name, declared in template.variables.items():
        if declared.type == "url" and (address := variables.get(name)) is not None:
            try:
                validate_target_url(str(address), settings.link_origins)
            except ValueError as error:
                raise Invalid(details=[{"field": f"variables.{name}", "message": str(error)}]) from None
    return said
