"""The check of a template refuses what could fail, loop, reach Python or be forgotten in one language."""

from pathlib import Path
from typing import Any

import pytest

from carillon.settings import CreateSettings, MigrateSettings
from carillon.templates.rendering import MessageTemplate, environment
from carillon.templates.store import UnknownTemplate, check_templates, find_template, list_templates

GOOD = """
description = "A sample"
[variables.name]
sample = "Ann"
[texts.en]
title = "Hello {{ name }}"
[texts.fr]
title = "Bonjour {{ name }}"
"""


def made(title: str, variables: dict[str, Any] | None = None, language: str = "en", **more: Any) -> MessageTemplate:
    declared = {"name": {"sample": "Ann"}} if variables is None else variables
    return MessageTemplate.model_validate(
        {"description": "d", "variables": declared, "texts": {language: {"title": title}}} | more
    )


@pytest.mark.parametrize(
    "escape",
    [
        "{{ ''.__class__ }}", "{{ name.__class__.__mro__ }}", "{{ name['__class__'] }}", "{{ name | attr('x') }}",
        "{{ self }}{{ self.x }}", "{{ name.format(name) }}", "{{ range(10) }}", "{{ cycler('a') }}", "{{ lipsum() }}",
        "{% for letter in name %}{{ letter }}{% endfor %}", "{% for n in range(999999999) %}x{% endfor %}{{ name }}",
        "{{ name * 999999999 }}", "{{ name ~ name }}", "{{ 9 ** 9 ** 9 }}{{ name }}", "{{ [name] }}",
        "{{ {'a': name} }}",
        "{% include 'x' %}{{ name }}", "{% import 'x' as x %}{{ name }}", "{% set x = name %}{{ x }}",
        "{% macro m() %}{% endmacro %}{{ name }}", "{% block b %}{{ name }}{% endblock %}",
        "{% filter upper %}{{ name }}{% endfilter %}", "{{ name | join }}", "{{ name is defined }}",
        "{{ -1 }}{{ name }}",
        "{{ name | date(name) }}", "{% autoescape true %}{{ name }}{% endautoescape %}", "{{ name[:1] }}",
    ],
)  # fmt: skip
def test_a_text_has_variables_conditions_and_two_filters_alone(escape: str) -> None:
    with pytest.raises(ValueError, match=r"texts\.en\.title: (line 1: |)"):
        made(escape).check()


def test_the_sandbox_refuses_what_the_check_would_miss() -> None:
    for escape in ("{{ ''.__class__ }}", "{{ name.__init__ }}", "{{ range(3) }}", "{{ name | upper }}"):
        with pytest.raises(Exception, match=r"unsafe|undefined|No filter"):
            environment("en").from_string(escape).render(name="Ann")


@pytest.mark.parametrize(
    ("title", "variables", "language", "fault"),
    [
        ("Hello", None, "en", "texts.en: does not use the variable name"),
        ("{{ name }}{{ other }}", None, "en", "texts.en: uses other, which is not declared"),
        ("\n{{ name }", None, "en", "texts.en.title: line 2: "),
        ("{{ name }}{% if name %}", None, "fr", "texts.fr.title: line 1: Unexpected end of template"),
        ("{{ name }}", None, "xx", "texts.xx.title: there are no rules for numbers and dates in xx"),
        ("{{ n | plural(other='{n}') }}", {"n": {"type": "int", "sample": 1}}, "en", "forms one, other"),
        ("{{ n | plural(one='a', other='b') }}", {"n": {"type": "int", "sample": 1}}, "ar", "few, many, one, other, "),
        ("{{ n | plural(one='a', few='c', other='b') }}", {"n": {"type": "int", "sample": 1}}, "en", "one, other"),
        ("{{ d | date('iso') }}", {"d": {"type": "date", "sample": "2026-11-23"}}, "en", "date takes short"),
        ("{{ name | date('long') }}", None, "en", "date takes a variable of the type date or datetime"),
        ("{{ name | plural(one='a', other='b') }}", None, "en", "plural takes a variable of the type int or decimal"),
        ("{{ 'x' | plural(one='a', other='b') }}{{ name }}", None, "en", "plural takes a variable"),
        ("{{ name }}" + "x" * 200, None, "en", "with its samples: variables: the title in en must have at most 200"),
        ("{% if name == 'Ann' %}{% else %}{{ name }}{% endif %}", None, "en", "the title in en must not be empty"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_language_and_line(
    title: str, variables: dict[str, Any] | None, language: str, fault: str
) -> None:
    with pytest.raises(ValueError, match=r".") as found:
        made(title, variables, language).check()
    assert fault in str(found.value)


def test_an_optional_form_of_large_numbers_may_be_left_out() -> None:
    count = {"n": {"type": "int", "sample": 1}}
    made("{{ n | plural(one='a', other='b') }}", count, "fr").check()
    made("{{ n | plural(one='a', many='c', other='b') }}", count, "fr").check()


def test_each_language_has_the_same_texts() -> None:
    texts = {"en": {"title": "{{ name }}", "body": "b"}, "fr": {"title": "{{ name }}"}}
    with pytest.raises(ValueError, match=r"texts\.fr: must have the texts of the first language: title, body"):
        made("", texts=texts).check()


def test_a_deploy_fails_with_the_file_the_language_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "1.toml").write_text(GOOD)
    (tmp_path / "hello" / "2.toml").write_text(GOOD.replace("Bonjour {{ name }}", "Bonjour {{ nom"))
    with pytest.raises(ValueError, match=r"hello/2\.toml: texts\.fr\.title: line 1: ") as found:
        MigrateSettings(database_url="unused", templates_folder=tmp_path)
    assert "1.toml" not in str(found.value)
    # A function that serves requests reads no template at its start.
    CreateSettings(database_url="unused", queue_url="unused", templates_folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("title =", "hello/1.toml: Invalid value"),
        (GOOD.replace("[texts.fr]", "[texts.f]"), "hello/1.toml: texts.f: must be a language tag"),
        (GOOD.replace("sample", "example"), "hello/1.toml: variables.name.sample: is required"),
        (GOOD.replace('sample = "Ann"', "sample = 7"), "hello/1.toml: variables.name: sample must be text"),
        (GOOD.replace("[variables.name]", '[variables.name]\ntype = "float"'), "hello/1.toml: variables.name.type: "),
        (GOOD.replace("title", "headline"), "texts.en.headline: is not a field"),
    ],
)
def test_a_file_that_is_no_template_is_named(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "1.toml").write_text(text)
    with pytest.raises(ValueError, match=r".") as found:
        check_templates(tmp_path)
    assert fault in str(found.value)


def test_the_newest_version_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "hello").mkdir()
    for version in (1, 2, 10):
        (tmp_path / "hello" / f"{version}.toml").write_text(GOOD.replace("A sample", f"Version {version}"))
    for reference, description in (("hello", "Version 10"), ("hello@2", "Version 2")):
        assert find_template(tmp_path, reference).description == description
    for unknown in ("hello@3", "other", "hello@", "../hello", "hello/1", "Hello"):
        with pytest.raises(UnknownTemplate):
            find_template(tmp_path, unknown)
    assert [name for name, _ in list_templates(tmp_path)] == ["hello@1", "hello@2", "hello@10"]
    (tmp_path / "hello" / "draft.toml").write_text(GOOD)
    with pytest.raises(ValueError, match=r"1\.toml, 2\.toml"):
        check_templates(tmp_path)
