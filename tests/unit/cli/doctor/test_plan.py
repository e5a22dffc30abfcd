"""The parameters of a deploy: from files and options, and the copies of the template's numbers."""

import json
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.cost.stacks import Database, Size
from cli.doctor import plan
from cli.doctor.after import running
from cli.doctor.before import region
from cli.doctor.plan import Plan, parameter_of, read_plan
from cli.doctor.plan_files import Chosen, parse_overrides, read_file
from tests.support.paths import ROOT
from tests.support.translated_template import translated


def test_the_defaults_and_choices_are_those_of_the_template() -> None:
    for field in fields(Plan):
        parameter = translated()["Parameters"][parameter_of(field.name)]
        assert parameter["Default"] == getattr(Plan(), field.name), field.name
        if isinstance(field.type, type) and issubclass(field.type, StrEnum):
            assert parameter["AllowedValues"] == list(field.type)


@pytest.mark.parametrize("size", Size)
def test_the_numbers_of_a_size_are_those_of_the_template(size: Size) -> None:
    row = translated()["Mappings"]["Sizes"][size]
    assert plan.AT_ONCE[size] == row["Deliveries"]
    assert plan.RESERVED[size] == row["Reads"] + row["Creates"] + row["Recipients"]


def test_the_names_of_resources_are_those_of_the_template() -> None:
    resources = translated()["Resources"]
    of_type: dict[str, set[str]] = {}
    for name, each in resources.items():
        of_type.setdefault(each["Type"], set()).add(name)
    assert set(running.SOURCES) == of_type["AWS::Lambda::EventSourceMapping"]
    assert set(running.GROUPS) == of_type["AWS::Logs::LogGroup"]
    assert all(name.endswith("Alarm") for name in of_type["AWS::CloudWatch::Alarm"])
    assert set(running.QUEUES) < set(translated()["Outputs"])
    instance = resources["Instance"]["Properties"]
    assert (instance["EngineVersion"], instance["StorageType"]) == (plan.ENGINE, plan.STORAGE)
    zones = [resources[name]["Properties"]["AvailabilityZone"] for name in ("SubnetA", "SubnetB")]
    assert [each["Fn::If"][2]["Fn::Select"][0] for each in zones] == list(range(region.ZONES))


def test_a_value_that_the_template_refuses_is_named() -> None:
    with pytest.raises(ValueError, match=r"Size is 'huge'. It may be one of: micro, small, medium, large"):
        read_plan({"Size": "huge"})


@pytest.mark.parametrize("profile", ["trial", "production", "existing"])
def test_the_profiles_of_samconfig_are_read(profile: str) -> None:
    chosen = read_file(ROOT / "samconfig.toml", profile)
    assert chosen.stack_name == f"carillon-{profile}"
    assert read_plan(chosen.parameters).database == chosen.parameters["Database"]


def test_the_folder_of_a_team_is_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("carillon-service[cli]==0.1.0\n")
    file = tmp_path / "carillon.toml"
    file.write_text('name = "acme"\nAppName = "Acme"\n[staging]\nregion = "eu-west-1"\nSize = "micro"\n')
    expected = Chosen({"AppName": "Acme", "Size": "micro"}, "acme-staging", "eu-west-1")
    assert read_file(file, "staging") == read_file(file, "default") == expected
    with pytest.raises(typer.BadParameter, match="no environment production"):
        read_file(file, "production")


def test_aurora_is_asked_for_as_the_template_makes_it() -> None:
    aurora = Plan(database=Database.AURORA)
    resources = translated()["Resources"]
    for member in ("Writer", "Reader"):
        made = resources[member]["Properties"]
        assert (made["Engine"], made["DBInstanceClass"]) == (aurora.engine, aurora.instance)
    assert resources["Cluster"]["Properties"]["EngineVersion"] == plan.AURORA_VERSION
    assert plan.AURORA_VERSION.split(".")[0] == plan.ENGINE
    assert aurora.two_zones


@pytest.mark.parametrize(
    "overrides",
    [
        'Size=medium AppName="Our App" JwtIssuer="https://id.example.com/"',
        ["Size=medium", "AppName=Our App", "JwtIssuer=https://id.example.com/"],
        {"Size": "medium", "AppName": "Our App", "JwtIssuer": "https://id.example.com/"},
        (
            "ParameterKey=Size,ParameterValue=medium 'ParameterKey=AppName,ParameterValue=Our App'"
            " ParameterKey=JwtIssuer,ParameterValue=https://id.example.com/"
        ),
    ],
)
def test_overrides_are_read_in_each_form_of_sam(overrides: Any) -> None:
    assert parse_overrides(overrides) == {
        "Size": "medium", "AppName": "Our App", "JwtIssuer": "https://id.example.com/"
    }  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        {"Size": "medium"},
        {"Parameters": {"Size": "medium"}},
        [{"ParameterKey": "Size", "ParameterValue": "medium"}],
    ],
)
def test_json_is_read_in_each_usual_form(tmp_path: Path, document: Any) -> None:
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps(document))
    assert read_file(file, "default") == Chosen({"Size": "medium"})


def test_samconfig_names_region_and_profile_and_deploy_wins_over_global(tmp_path: Path) -> None:
    file = tmp_path / "samconfig.toml"
    file.write_text(
        '[a.global.parameters]\nstack_name = "one"\nregion = "eu-west-1"\n[a.deploy.parameters]\nstack_name = "two"\n'
    )
    assert read_file(file, "a") == Chosen({}, "two", "eu-west-1")


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.toml", ""), ("a.toml", "not toml"), ("a.json", "not json"), ("a.json", "[1]"), ("a.json", '"text"'),
     ("a.toml", '[default.deploy.parameters]\nparameter_overrides = "Size"')],
)  # fmt: skip
def test_another_form_is_wrong_use(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(typer.BadParameter, match=name):
        read_file(tmp_path / name, "default")
    with pytest.raises(typer.BadParameter, match="cannot be read"):
        read_file(tmp_path / "missing.toml", "default")
