"""One version covers the service, the API's description, the bell, the clients and the changelog."""

import json
import re
import tomllib
from pathlib import Path

import pytest

import carillon_client

ROOT = Path(__file__).resolve().parents[2]
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
HEADINGS = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def test_the_version_is_a_semantic_one() -> None:
    assert re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", VERSION)


@pytest.mark.parametrize("folder", ["web", "clients/typescript"])
def test_a_package_of_npm_has_the_version_of_the_service(folder: str) -> None:
    package = json.loads((ROOT / folder / "package.json").read_text("utf-8"))
    lock = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))
    assert package["version"] == lock["version"] == lock["packages"][""]["version"] == VERSION


def test_the_clients_have_the_version_of_the_service() -> None:
    source = (ROOT / "clients" / "typescript" / "src" / "version.ts").read_text("utf-8")
    assert carillon_client.__version__ == VERSION
    assert f'"{VERSION}"' in source


def test_the_description_of_the_api_has_the_version() -> None:
    [description] = (ROOT / "layers" / "carillon" / "carillon").rglob("openapi.json")
    assert json.loads(description.read_text("utf-8"))["info"]["version"] == VERSION


def test_the_changelog_begins_with_unreleased_and_its_newest_release_is_the_version() -> None:
    """Before the first release there is no other heading."""
    unreleased, *releases = HEADINGS
    assert unreleased == "[Unreleased]"
    dated = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}", release) for release in releases]
    versions = [match[1] for match in dated if match]
    assert len(versions) == len(releases), "a release's heading is `## [1.2.3] - YYYY-MM-DD`"
    assert not versions or versions[0] == VERSION
    assert versions == sorted(versions, key=lambda version: [int(part) for part in version.split(".")], reverse=True)
