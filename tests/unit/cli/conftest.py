"""A team's folder and a stub of AWS, for the tests of `carillon deploy` and `carillon teardown`."""

import os
from pathlib import Path

import pytest

from cli.deploy.init import write_folder
from cli.stack import Stack
from tests.support.team_stack import SAM, Aws


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Aws:
    cloud = Aws()

    def client(*_: object) -> Aws:
        return cloud

    monkeypatch.setattr(Stack, "client", client)
    return cloud


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new folder, which is the current one. `sam` is a program that succeeds."""
    write_folder(tmp_path / "acme", "acme", "eu-central-1")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in {"sam": SAM, "make": "", "python3.13": ""}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SAM_LOG", str(tmp_path / "sam.log"))
    monkeypatch.setenv("CARILLON_STACK", "another")  # for the other commands; it must not choose the stack here
    monkeypatch.chdir(tmp_path / "acme")
    return tmp_path / "acme"
