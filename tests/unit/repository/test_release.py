"""bin/release: the places of the version, the list of released schema files, and a zip archive of the same bytes."""

import os
import re
import runpy
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carillon.database.migrations import MIGRATIONS
from tests.support.paths import ROOT

RELEASE: dict[str, Any] = runpy.run_path(str(ROOT / "bin" / "release"))
RELEASED = (ROOT / "tests" / "unit" / "database" / "released.txt").read_text("utf-8")
VERSION = re.findall(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
MOMENT = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)


def changed(released: str, folder: Path) -> list[str]:
    """Return the released files that a folder does not have as they were released."""
    lines = [line.split() for line in released.splitlines() if not line.startswith("#")]
    return [
        name for _, name, digest in lines
        if not (folder / name).exists() or RELEASE["sha256"](folder / name) != digest
    ]  # fmt: skip


def test_a_released_schema_file_never_changes() -> None:
    assert changed(RELEASED, MIGRATIONS) == []


def test_a_change_of_a_released_schema_file_is_found(tmp_path: Path) -> None:
    for name in ("0001_a.sql", "0002_b.sql"):
        (tmp_path / name).write_text(name)
    first = RELEASE["freeze"]("# head\n", "0.1.0", sorted(tmp_path.glob("*.sql")))
    (tmp_path / "0003_c.sql").write_text("c")
    frozen = RELEASE["freeze"](first, "0.2.0", sorted(tmp_path.glob("*.sql")))
    assert [line.split()[:2] for line in frozen.splitlines()[1:]] == [
        ["0.1.0", "0001_a.sql"], ["0.1.0", "0002_b.sql"], ["0.2.0", "0003_c.sql"],
    ]  # fmt: skip
    assert changed(frozen, tmp_path) == []
    (tmp_path / "0002_b.sql").write_text("another")
    (tmp_path / "0003_c.sql").unlink()
    assert changed(frozen, tmp_path) == ["0002_b.sql", "0003_c.sql"]


def test_every_place_has_the_version_of_the_project() -> None:
    RELEASE["check_places"]()
    assert {each for texts in RELEASE["versions"]().values() for each in texts} == {*VERSION}


def test_the_release_of_another_version_is_refused_with_the_remedy() -> None:
    with pytest.raises(RELEASE["Refused"], match=r"bin/release --set 99\.0\.0: pyproject\.toml, template/outputs"):
        RELEASE["check"]("99.0.0")


def test_set_writes_the_version_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_version: Any = RELEASE["set_version"]
    for name in (*RELEASE["PLACES"], "CHANGELOG.md", "released.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(
            (ROOT / name).read_text("utf-8") if name != "released.txt" else "# head\n", "utf-8"
        )
    ran: list[str] = []

    def run(*command: str) -> None:
        ran.append(command[-1])

    for name, value in {
        "ROOT": tmp_path, "CHANGELOG": tmp_path / "CHANGELOG.md", "RELEASED": tmp_path / "released.txt",
        "run": run,
    }.items():  # fmt: skip
        monkeypatch.setitem(set_version.__globals__, name, value)
    set_version("98.7.6", "2027-01-02")
    assert {each for texts in RELEASE["versions"]().values() for each in texts} == {"98.7.6"}
    assert "## [Unreleased]\n\n## [98.7.6] - 2027-01-02\n\n" in (tmp_path / "CHANGELOG.md").read_text("utf-8")
    frozen = (tmp_path / "released.txt").read_text().splitlines()
    assert frozen[1].startswith("98.7.6 0001_types.sql ")
    assert len(frozen) == 1 + len([*MIGRATIONS.glob("[0-9]*.sql")])
    assert ran == ["bin/setup", "bin/template", "functions.openapi"]
    for name, (_, many) in RELEASE["PLACES"].items():  # nothing else changed, such as a dependency of that version
        before, after = ((folder / name).read_text("utf-8").splitlines() for folder in (ROOT, tmp_path))
        assert sum(one != other for one, other in zip(before, after, strict=True)) == many, name


def test_an_archive_depends_on_names_and_contents_alone(tmp_path: Path) -> None:
    def archive(place: Path, names: list[str], modified: int = 1) -> bytes:
        for name in names:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(name)
        (place / "a" / "program").chmod(0o755)
        os.utime(place / "b.txt", (modified, modified))
        RELEASE["write_zip"](place.with_suffix(".zip"), "carillon-1.2.3-sam", place, MOMENT)
        return place.with_suffix(".zip").read_bytes()

    names = ["b.txt", "a/program", "a/x.txt"]
    assert archive(tmp_path / "one", names) == archive(tmp_path / "two", names[::-1], modified=10**9)
    with zipfile.ZipFile(tmp_path / "one.zip") as written:
        assert written.namelist() == [f"carillon-1.2.3-sam/{name}" for name in ("a/program", "a/x.txt", "b.txt")]
        assert {entry.date_time for entry in written.infolist()} == {(2026, 11, 30, 12, 0, 0)}
        assert [oct(entry.external_attr >> 16) for entry in written.infolist()] == ["0o755", "0o644", "0o644"]
    (tmp_path / "two" / "b.txt").write_text("another")
    assert archive(tmp_path / "one", names) != archive(tmp_path / "two", ["a/program"])
