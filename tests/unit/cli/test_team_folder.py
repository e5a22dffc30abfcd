"""The team's folder: what `carillon init` writes, and the faults that are named before AWS is asked."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.deploy.folder import FILE, REQUIREMENTS, WrongFolder, read_folder
from cli.deploy.init import write_folder
from cli.deploy.parameters import check_values, read_parameters
from cli.deploy.release import check_texts, installed_version, lay_out
from cli.main import app
from tests.support.paths import ROOT

PARAMETERS = read_parameters(ROOT / "template.yaml")
PIN = "carillon-service[cli]==1.2.3\n"
STAGING = '[staging]\nregion = "eu-central-1"\n'


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    write_folder(tmp_path / "acme", "acme", "eu-central-1")
    return tmp_path / "acme"


def carillon(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def declared(path: Path, text: str, requirements: str = PIN) -> Path:
    """Write a folder with these two files."""
    (path / FILE).write_text(text)
    (path / REQUIREMENTS).write_text(requirements)
    return path


def test_a_new_folder_can_be_deployed_as_it_is(acme: Path) -> None:
    folder = read_folder(acme)
    assert folder.version == installed_version()
    assert {name: each.stack for name, each in folder.environments.items()} == {
        "staging": "acme-staging", "production": "acme-production",
    }  # fmt: skip
    for environment in folder.environments.values():
        values = check_values(PARAMETERS, environment.parameters)
        assert values.keys() == PARAMETERS.keys(), "a parameter without a value would keep that of the last deploy"
        assert values["AppName"] == "acme"
    check_texts(folder)
    assert not any("@NAME@" in path.read_text() for path in acme.rglob("*") if path.is_file())


def test_init_overwrites_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "Makefile").write_text("all: ;\n")
    refused = carillon("init", "acme", "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["error"]["code"]) == (2, "invalid")
    assert "acme/Makefile" in refused.stdout
    assert [path.name for path in (tmp_path / "acme").iterdir()] == ["Makefile"]

    (tmp_path / "acme" / "Makefile").unlink()
    written = carillon("init", "acme", "--region", "us-west-2")
    assert written.exit_code == 0
    assert {environment.region for environment in read_folder(tmp_path / "acme").environments.values()} == {"us-west-2"}
    before = {path: path.read_bytes() for path in (tmp_path / "acme").rglob("*") if path.is_file()}
    assert {path.name for path in before} >= {FILE, ".gitignore", "deploy.yml", "1.toml", "Makefile", "README.md"}
    assert carillon("init", "acme").exit_code == 2
    assert {path: path.read_bytes() for path in (tmp_path / "acme").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["Acme", "acme-", "a--b", "9a", "a" * 31, "../acme", ""])
def test_init_refuses_a_name_that_no_stack_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert carillon("init", name).exit_code == 2
    assert carillon("init", "acme", "--region", "nonsense").exit_code == 2
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "name: must be"),
        ('name = "Acme"\n' + STAGING, "name: must be"),
        ('name = "acme"\n', "there is no environment"),
        ('name = "acme"\n[staging]\n', "[staging]: needs region"),
        ('name = "acme"\n[staging]\nregion = "Frankfurt"\n', "[staging] region: must be a region like"),
        ('name = "acme"\nregion = "eu-central-1"\n[staging]\n', "region: is neither name nor a parameter"),
        ('name = "acme"\n' + STAGING + "size = 'small'\n", "[staging] size: is neither a key of an environment"),
        ('name = "acme"\n' + STAGING + "account = 123456789012\n", "[staging] account: must be the 12 digits"),
        (
            'name = "acme"\n' + STAGING + 'rollout = "canary"\n',
            "[staging] rollout: must be one of all-at-once, canary-10-",
        ),
        ('name = "acme"\n' + STAGING + "Size = {}\n", "[staging] Size: must be text"),
        (f'name = "{"a" * 30}"\n[{"b" * 20}]\nregion = "eu-central-1"\n', "has 51 letters; 50 are possible"),
        ('name = "acme"\n[Staging]\nregion = "eu-central-1"\n', "[Staging]: must be a name like staging"),
        (f'name = "acme"\n{STAGING}[production]\nregion = "eu-central-1"\nstack = "acme-staging"\n', "the same stack"),
        ("name = ", "Invalid value"),
    ],
)
def test_a_fault_of_the_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(WrongFolder) as caught:
        read_folder(declared(tmp_path, text))
    assert f"{FILE}: " in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (PIN, "1.2.3"),
        ("--find-links wheels\ncarillon_service == 1.2.3  # the release\n", "1.2.3"),
        ("./wheels/carillon_service-1.2.3-py3-none-any.whl[cli]\n", "1.2.3"),
        ("carillon-service[cli]==1.2.3 \\\n    --hash=sha256:0\n", "1.2.3"),
        ("#./wheels/carillon_service-1.0.0-py3-none-any.whl[cli]\n" + PIN, "1.2.3"),
        ("# carillon-service==1.0.0\ncarillon-service>=1\n", None),
        (PIN + PIN, None),
    ],
)
def test_the_version_is_the_pinned_one(tmp_path: Path, text: str, version: str | None) -> None:
    folder = declared(tmp_path, 'name = "acme"\n' + STAGING, text)
    if version is None:
        with pytest.raises(WrongFolder, match="must have one line like"):
            read_folder(folder)
    else:
        assert read_folder(folder).version == version


def test_a_parameter_of_an_environment_comes_before_that_of_all(tmp_path: Path) -> None:
    shared = 'name = "acme"\nSize = "small"\nLive = "off"\n'
    text = f'{shared}{STAGING}Size = "large"\nSubnetIds = ["subnet-0a", "subnet-0b"]\n'
    folder = read_folder(declared(tmp_path, text))
    assert folder.environment(None).parameters == {
        "Size": "large", "Live": "off", "SubnetIds": "subnet-0a,subnet-0b",
    }  # fmt: skip
    with pytest.raises(WrongFolder, match="no environment trial"):
        folder.environment("trial")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"Size": "tiny"}, "Size: must be micro, small, medium or large"),
        ({"EmailFrom": "nobody"}, "EmailFrom: must be empty, or an email address"),
        ({"SelfRecordedPerMinute": "1001"}, "SelfRecordedPerMinute: must be at most 1000"),
        ({"SelfRecordedPerMinute": "-1"}, "SelfRecordedPerMinute: must be at least 0"),
        ({"SelfRecordedPerMinute": "many"}, "SelfRecordedPerMinute: must be a number"),
        ({"AppName": "a" * 65}, "AppName: must have at most 64 characters"),
        ({"SubnetIds": "subnet-0a,b"}, "SubnetIds: must be empty, or ids like"),
        ({"Colour": "red"}, "Colour: is not a parameter of this release"),
        ({"AppUrl": None}, "AppUrl: is required. The address of your application."),
    ],
)
def test_a_wrong_value_of_a_parameter_is_named(given: dict[str, Any], fault: str) -> None:
    values = {name: value for name, value in ({"AppUrl": "https://app.example.com"} | given).items() if value}
    with pytest.raises(ValueError, match="^" + fault.replace(".", r"\.")) as caught:
        check_values(PARAMETERS, values)
    assert len(str(caught.value).splitlines()) == 1
    assert check_values(PARAMETERS, {"AppUrl": "https://a.example", "SubnetIds": "subnet-0a,subnet-0b"})


def test_the_build_has_the_texts_of_the_team_and_the_sources_of_the_release(acme: Path) -> None:
    target = lay_out(read_folder(acme))
    layer = target / "layers" / "carillon"
    assert (layer / "categories.toml").read_bytes() == (acme / "categories.toml").read_bytes()
    assert [path.name for path in (layer / "templates").iterdir()] == ["payment_failed"], (
        "the examples are not deployed"
    )
    for name in ("template.yaml", "functions/read/read.py", "layers/carillon/Makefile"):
        assert (target / name).read_bytes() == (ROOT / name).read_bytes()
    assert (layer / "carillon" / "database" / "schema" / "0001_types.sql").exists()
    assert [*target.rglob("__pycache__")] == []
    (target / "stale").touch()
    assert not (lay_out(read_folder(acme)) / "stale").exists()


def test_preview_shows_the_templates_of_the_folder(acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(acme / "templates")
    assert json.loads(carillon("preview", "--json").stdout)["templates"] == [
        {"name": "payment_failed@1", "description": "A payment of a customer failed."}
    ]


def test_parameters_lists_those_of_the_template() -> None:
    listed = json.loads(carillon("parameters", "--json").stdout)["parameters"]
    assert [each["name"] for each in listed] == [*PARAMETERS]
    assert [each["name"] for each in listed if each["default"] is None] == ["AppUrl"]
