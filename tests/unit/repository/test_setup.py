"""bin/setup with a Python and an npm that install nothing: repeats, interruptions, and two runs at the same time."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.paths import ROOT

# Creates environments with the packages that bin/setup checks. Its pip writes a line to pip.log. If there is a file
# `hold`, pip starts a child process and waits for it, as the real pip does, until the test kills it.
PYTHON = f"""#!/bin/bash
case "$*" in
    *" venv "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" && touch "$4/bin/sam" && chmod +x "$4/bin/sam" ;;
    *" pip "*)
        echo "$0 $$" >>pip.log
        if [ -e hold ]; then
            sleep 300 &
            echo $! >>children.log
            wait
        fi
        for package in ministack samcli psutil psycopg pytest typer werkzeug; do
            folder=$(dirname "$0")/../lib/python3.13/site-packages/$package
            mkdir -p "$folder" && touch "$folder/__init__.py"
        done
        printf '#!/bin/sh\\n' >"$(dirname "$0")/uv" && chmod +x "$(dirname "$0")/uv"
        ;;
    *) exec {sys.executable} "$@" ;;
esac
"""

# Removes node_modules, as the real npm does, and writes a line to npm.log.
NPM = """#!/bin/bash
[ "$1" = ci ] || exit 1
rm -rf node_modules
root=$(dirname "$(dirname "$0")")
echo "$PWD" >>"$root/npm.log"
[ ! -e "$root/broken" ] && mkdir node_modules
"""

NODE_FOLDERS = ("web", "clients/typescript", "docs/recipes/express", "demo/docs")


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "setup", tmp_path / "bin" / "setup")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "requirements").mkdir()
    for name in ("dev.txt", "tools.txt"):
        (tmp_path / "requirements" / name).write_text("uv==1\n")
    for folder in NODE_FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "package-lock.json").write_text("{}\n")
    (tmp_path / "programs").mkdir()
    for program, text in {"python": PYTHON, "programs/npm": NPM, "programs/node": "#!/bin/sh\n"}.items():
        (tmp_path / program).write_text(text)
        (tmp_path / program).chmod(0o755)
    yield tmp_path
    end_children(tmp_path)


def set_up(checkout: Path, errors: str = "stderr") -> subprocess.Popen[bytes]:
    with (checkout / errors).open("wb") as output:
        return subprocess.Popen(
            [checkout / "bin" / "setup"],
            env=os.environ
            | {
                "CARILLON_PYTHON": str(checkout / "python"),
                "PATH": f"{checkout / 'programs'}{os.pathsep}{os.environ['PATH']}",
            },
            stdin=subprocess.DEVNULL,
            stderr=output,
            start_new_session=True,
        )


def end_children(checkout: Path) -> None:
    """End the child processes for which the stopped installations wait."""
    (checkout / "hold").unlink(missing_ok=True)
    for pid in lines(checkout / "children.log"):
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGTERM)


def finished(checkout: Path) -> list[str]:
    return sorted(path.parent.name for path in checkout.glob(".venv*/installed-from"))


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # poll, because only files show the progress


def runs(pid: str) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def installs(checkout: Path) -> int:
    """Return how many packages were installed since the last call."""
    count = len(lines(checkout / "pip.log"))
    (checkout / "pip.log").unlink(missing_ok=True)
    return count


def test_a_second_run_has_nothing_to_do(checkout: Path) -> None:
    assert set_up(checkout).wait(20) == 0
    assert finished(checkout) == [".venv", ".venv-tools"]
    assert installs(checkout) == 3  # uv into each, and the project
    assert set_up(checkout).wait(20) == 0
    assert installs(checkout) == 0


@pytest.mark.parametrize("changed", NODE_FOLDERS)
def test_packages_of_node_are_installed_again_only_where_their_lock_changes(checkout: Path, changed: str) -> None:
    all_of_them = [str(checkout / folder) for folder in NODE_FOLDERS]
    assert set_up(checkout).wait(20) == 0
    assert set_up(checkout).wait(20) == 0
    assert lines(checkout / "npm.log") == all_of_them
    (checkout / changed / "package-lock.json").write_text('{"changed": true}\n')
    assert set_up(checkout).wait(20) == 0
    assert lines(checkout / "npm.log") == [*all_of_them, str(checkout / changed)]


def test_a_failed_installation_of_node_packages_is_repeated(checkout: Path) -> None:
    (checkout / "broken").touch()
    assert set_up(checkout).wait(20) == 1
    assert finished(checkout) == [".venv", ".venv-tools"]
    (checkout / "broken").unlink()
    assert set_up(checkout).wait(20) == 0
    assert lines(checkout / "npm.log") == [str(checkout / folder) for folder in ("web", *NODE_FOLDERS)]


def test_a_node_that_is_too_old_is_named(checkout: Path) -> None:
    (checkout / "programs" / "node").write_text("#!/bin/sh\nexit 1\n")
    assert set_up(checkout).wait(20) == 1
    assert any("Node 20" in line for line in lines(checkout / "stderr"))


def test_an_environment_that_lost_a_package_is_created_again(checkout: Path) -> None:
    assert set_up(checkout).wait(20) == 0
    installs(checkout)
    shutil.rmtree(checkout / ".venv-tools" / "lib" / "python3.13" / "site-packages" / "samcli")
    assert set_up(checkout).wait(20) == 0
    assert installs(checkout) == 1
    assert (checkout / ".venv-tools" / "lib" / "python3.13" / "site-packages" / "samcli").exists()


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_process_and_no_finished_environment(
    checkout: Path, number: signal.Signals
) -> None:
    (checkout / "hold").touch()
    first = set_up(checkout)
    wait_for(lambda: len(lines(checkout / "children.log")) == 2)
    first.send_signal(number)
    assert first.wait(20) == 128 + number
    assert [pid for pid in lines(checkout / "children.log") if runs(pid)] == []
    assert finished(checkout) == []

    (checkout / "hold").unlink()
    assert set_up(checkout).wait(20) == 0
    assert finished(checkout) == [".venv", ".venv-tools"]


def test_two_runs_at_once_wait_for_each_other_and_install_once(checkout: Path) -> None:
    (checkout / "hold").touch()
    first = set_up(checkout)
    wait_for(lambda: len(lines(checkout / "children.log")) == 2)
    second = set_up(checkout, "second")
    wait_for(lambda: len(lines(checkout / "second")) == 1)
    end_children(checkout)
    assert first.wait(20) == 0
    assert second.wait(20) == 0
    assert installs(checkout) == 3
    [waiting] = lines(checkout / "second")
    assert "Another bin/setup runs" in waiting


def test_a_run_does_not_finish_an_environment_that_another_run_has_begun_again(checkout: Path) -> None:
    (checkout / "hold").touch()
    run = set_up(checkout)
    wait_for(lambda: len(lines(checkout / "children.log")) == 2)
    (checkout / ".venv-tools" / "installing").write_text("another\n")
    end_children(checkout)
    assert run.wait(20) == 1
    assert finished(checkout) == [".venv"]
