"""A template: its file, the check of its texts, and the texts that it renders.

The operator writes templates, and requests give values. A value is never read as a template. The texts may use
variables, conditions and the filters `plural` and `date`, and nothing else of Jinja. So no text can loop, call or reach
an attribute, and a result is at most as long as the text and its values. Jinja's sandbox is the second barrier.
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Annotated, Any, get_args

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from carillon.models.channel import CHANNELS, Channel
from carillon.models.fields import Body, Summary, Title
from carillon.models.recipient import Locale
from carillon.models.texts import MAX_LANGUAGES, Said
from carillon.problems import explain
from carillon.templates.formats import Formats, Style, check_currency
from carillon.templates.variables import Money, Value, Variable, VariableType, parse_values

MAX_VARIABLES = 50
STYLES: tuple[str, ...] = get_args(Style)
_CHANNEL = "channels."
_RESULTS: Mapping[str, TypeAdapter[str]] = {
    "title": TypeAdapter(Title), "summary": TypeAdapter(Summary), "body": TypeAdapter(Body),
    **{_CHANNEL + channel: TypeAdapter(Summary) for channel in CHANNELS},
}  # fmt: skip
_FILTERS: Mapping[str, tuple[VariableType, ...]] = {"plural": ("int", "decimal"), "date": ("date", "datetime")}
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.Keyword, nodes.If,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or,
)  # fmt: skip

Source = Annotated[str, Field(min_length=1, max_length=8000)]
VariableName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,63}$")]


class WrongValues(ValueError):
    """A request gives wrong values. `problems` has one for each."""

    def __init__(self, problems: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{each['field']}: {each['message']}" for each in problems))
        self.problems = problems


class TemplateTexts(BaseModel):
    """One table `[texts.<language>]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Source
    summary: Source | None = None
    body: Source | None = None
    channels: dict[Channel, Source] = {}

    def given(self) -> dict[str, str]:
        """Return the texts that are there, by their field."""
        given = {"title": self.title, "summary": self.summary, "body": self.body}
        given |= {_CHANNEL + channel: text for channel, text in self.channels.items()}
        return {name: text for name in _RESULTS if (text := given.get(name)) is not None}


class MessageTemplate(BaseModel):
    """One version of a template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: Annotated[str, Field(min_length=1, max_length=500)]
    variables: Annotated[dict[VariableName, Variable], Field(max_length=MAX_VARIABLES)] = {}
    texts: Annotated[dict[Locale, TemplateTexts], Field(min_length=1, max_length=MAX_LANGUAGES)]

    def render(self, given: Mapping[str, JsonValue]) -> list[Said]:
        """Return the texts in each language, in the order of the file.

        Raises:
            WrongValues: a value is missing, wrong or not declared, or makes a text too long.
        """
        values, problems = parse_values(self.variables, given)
        for name, value in values.items():
            if isinstance(value, Money):
                try:
                    check_currency(value)
                except ValueError as error:
                    problems.append({"field": f"variables.{name}", "message": str(error)})
        if problems:
            raise WrongValues(problems)
        return [self._say(language, values) for language in self.texts]

    def _say(self, language: str, values: Mapping[str, Value]) -> Said:
        said: dict[str, str] = {}
        for name, compiled in self._compiled[language].items():
            try:
                said[name] = _RESULTS[name].validate_python(compiled.render(values).strip())
            except ValidationError as error:
                message = f"the {name} in {language} {explain(error.errors()[0])['message']}"
                raise WrongValues([{"field": "variables", "message": message}]) from None
        channels: dict[Channel, str] = {
            channel: text for channel in CHANNELS if (text := said.pop(_CHANNEL + channel, None)) is not None
        }
        return Said(language, **said, channel_texts=channels or None)

    @cached_property
    def _compiled(self) -> dict[str, dict[str, Template]]:
        return {
            language: {name: environment(language).from_string(source) for name, source in texts.given().items()}
            for language, texts in self.texts.items()
        }

    def check(self) -> None:
        """Check that each language has the same texts, uses each variable, and renders with the samples.

        Raises:
            ValueError: one line for each fault, with the language and the line of the text.
        """
        faults = [f"texts.{language}{fault}" for language in self.texts for fault in self._faults(language)]
        if not faults:
            faults = [f"with its samples: {fault}" for fault in self._sample_faults()]
        if faults:
            raise ValueError("\n".join(dict.fromkeys(faults)))

    def _faults(self, language: str) -> Iterator[str]:
        first, texts = next(iter(self.texts.values())).given(), self.texts[language].given()
        if texts.keys() != first.keys():
            yield f": must have the texts of the first language: {', '.join(first)}"
        used: set[str] = set()
        for name, source in texts.items():
            for fault in _faults(language, source, self.variables, used):
                yield f".{name}: {fault}"
        for name in sorted(self.variables.keys() - used):
            yield f": does not use the variable {name}"
        for name in sorted(used - self.variables.keys()):
            yield f": uses {name}, which is not declared"

    def _sample_faults(self) -> Iterator[str]:
        samples = {name: variable.sample for name, variable in self.variables.items()}
        required = {name: sample for name, sample in samples.items() if self.variables[name].default is None}
        for values in (samples, required):
            try:
                self.render(values)
            except (TemplateError, TypeError, ValueError) as error:
                yield str(error)


def _faults(language: str, source: str, variables: Mapping[str, Variable], used: set[str]) -> Iterator[str]:
    """Yield what a text may not have. Add the names of its variables to `used`."""
    try:
        tree = environment(language).parse(source)
    except TemplateError as error:
        yield f"line {getattr(error, 'lineno', 1)}: {error.message}"
        return
    except ValueError as error:
        yield str(error)
        return
    for node in (tree, *tree.find_all(nodes.Node)):
        match node:
            case nodes.Name():
                used.add(node.name)
            case nodes.Filter():
                if fault := _wrong_filter(language, node, variables):
                    yield f"line {node.lineno}: {fault}"
            case _ if not isinstance(node, _ALLOWED):
                yield f"line {node.lineno}: may not have {type(node).__name__}: use variables, if, plural and date"
            case _:
                pass


def _wrong_filter(language: str, node: nodes.Filter, variables: Mapping[str, Variable]) -> str | None:
    """Return why a filter is not allowed, or None."""
    constants = all(isinstance(value, nodes.Const) for value in (*node.args, *(each.value for each in node.kwargs)))
    if node.name not in _FILTERS or not constants or node.dyn_args or node.dyn_kwargs:
        return f"may not have the filter {node.name}: use plural and date, with texts in quotes"
    name = node.node.name if isinstance(node.node, nodes.Name) else ""
    if name not in variables or variables[name].type not in _FILTERS[node.name]:
        return f"{node.name} takes a variable of the type {' or '.join(_FILTERS[node.name])}"
    if node.name == "date":
        styles = [getattr(value, "value", None) for value in node.args]
        fits = not node.kwargs and len(styles) == 1 and styles[0] in STYLES
        return None if fits else f"date takes {', '.join(STYLES)}"
    if node.args:
        return "plural takes named forms alone"
    return Formats(language).check_forms({str(each.key) for each in node.kwargs})


@cache
def environment(language: str) -> ImmutableSandboxedEnvironment:
    """Return the environment of a language: values are formatted in it, and nothing is escaped.

    Texts are plain. The code that makes HTML escapes them.
    """
    formats = Formats(language)
    made = ImmutableSandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, finalize=formats.format, trim_blocks=True, lstrip_blocks=True
    )
    made.globals.clear()
    made.tests.clear()
    filters: dict[str, Any] = {"plural": formats.plural, "date": formats.date}
    made.filters.clear()
    made.filters.update(filters)
    return made
