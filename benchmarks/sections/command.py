"""The operator's command: the CPU time until it first asks the devstack or AWS, against a bare `import typer`.

Each run is a fresh process of this checkout's environment. CPU time, and not wall time: a wait for the disk is not the
command's own, and it varies most.
"""

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.children import ROOT
from benchmarks.figures import Comparison
from benchmarks.rounds import interleave

FLOOR = "import typer"
COMMANDS = {
    "carillon --version": ("--version",),
    "carillon token": ("token", "--user", "alice"),
    "carillon stats": ("stats",),
}
# Prints the CPU milliseconds of the process at its first connection, or at its end.
MEASURE = """
import os, sys, time

def report():
    sys.__stderr__.write(f"\\n{time.process_time() * 1000}")
    sys.__stderr__.flush()
    os._exit(0)

sys.addaudithook(lambda event, _: event == "socket.connect" and report())
try:
    if sys.argv[1:]:
        from cli.start import main
        main()
    else:
        import typer
finally:
    report()
"""


def measure_command(rounds: int) -> list[Comparison]:
    """Run the floor and each command in turn, on a devstack that does not answer."""
    with tempfile.TemporaryDirectory(prefix="carillon-bench-") as name:
        folder = Path(name)
        nowhere = "http://127.0.0.1:1"
        addresses = {"stack_name": "carillon", "region": "us-east-1", "endpoint_url": nowhere, "issuer": nowhere}
        (folder / ".local").mkdir()
        (folder / ".local" / "stack.json").write_text(json.dumps(addresses))
        programs = {FLOOR: partial(_run, folder)} | {
            name: partial(_run, folder, *arguments) for name, arguments in COMMANDS.items()
        }
        for run in programs.values():
            run()  # so that the files are in memory, for all alike
        samples = interleave(programs, rounds, "cold start: the command")
    return [_compare(name, samples) for name in COMMANDS]


def _compare(name: str, samples: dict[str, list[float]]) -> Comparison:
    result = Comparison(
        key=f"coldstart/command/{name.split()[1].removeprefix('--')}",
        group="CPU time of the command until its first request",
        case=name,
        unit="milliseconds",
        samples={"command": samples[name], FLOOR: samples[FLOOR]},
    )
    result.add_ratio("command / floor", "command", FLOOR)
    return result


def _run(folder: Path, *arguments: str) -> float:
    """Return the CPU milliseconds of one run."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, *arguments],
        env=environment, cwd=folder, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    return float(run.stderr.splitlines()[-1])
