"""The cold start: what a function imports before its first request, and the size of the layer that it comes from.

Each import runs in a fresh process, from the layer as `sam build` makes it. It sees no package of this checkout, and
writes no bytecode: in Lambda the layer is read-only.
"""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.children import ROOT
from benchmarks.figures import Comparison
from benchmarks.options import Outcome
from benchmarks.progress import progress
from benchmarks.rounds import interleave
from benchmarks.sections.command import measure_command
from benchmarks.world import World
from devstack.aws.build import build
from devstack.machine.lock import Registry
from devstack.machine.options import Options

FLOOR = "boto3 + psycopg"
FLOOR_CODE = "import boto3, psycopg; boto3.client('sqs', region_name='eu-central-1')"
# Each function of the API needs these before its own code, so no import of `read` can be shorter.
PACKAGES = "its packages alone"
PACKAGES_CODE = """
import psycopg, psycopg.rows, psycopg.types.json
from pydantic import BaseModel, Field, TypeAdapter
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
"""
# The module of each function, by its folder. `operator` is a module of Python itself.
MODULES = {path.name: path.name for path in sorted((ROOT / "functions").iterdir()) if path.is_dir()} | {
    "operator": "operate"
}
DEAREST = 5
SHOWN = ("create", "deliver", "read")
# Linux counts the memory of the process before exec() in `ru_maxrss`, but not in VmHWM.
MEASURE = """
import os, re, resource, sys, time
sys.path[:0] = sys.argv[2:]
started = time.perf_counter()
exec(sys.argv[1])
taken = time.perf_counter() - started
if os.path.exists("/proc/self/status"):
    memory = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
else:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(taken * 1000, memory / 1e6)
"""


def measure(world: World) -> Outcome:
    """Import every function and the floor in turn, run the command, and add up the files of the layer."""
    progress("cold start: building the layer (sam build)")
    layer = _built_layer()
    floor = partial(_import, FLOOR_CODE, layer)
    programs = {FLOOR: floor, PACKAGES: partial(_import, PACKAGES_CODE, layer)} | {
        name: partial(_import, f"import {module}", layer, ROOT / "functions" / name) for name, module in MODULES.items()
    }
    for run in programs.values():
        run()  # so that the files are in memory, for all alike
    samples = interleave(programs, world.options.rounds, "cold start: importing")
    comparisons = [_compare(name, samples, "import", 0, "milliseconds") for name in (*MODULES, PACKAGES)]
    comparisons += [_compare(name, samples, "memory", 1, "MB") for name in MODULES]
    comparisons += measure_command(world.options.rounds)
    size = sum(path.stat().st_size for path in layer.rglob("*") if path.is_file())
    comparisons.append(
        Comparison(key="coldstart/layer", group="Layer, unzipped", case="all files", unit="MB",
                   samples={"layer": [size / 1e6]})
    )  # fmt: skip
    return Outcome(comparisons, [_dearest(name, layer) for name in SHOWN])


def _compare(
    name: str, samples: dict[str, list[tuple[float, float]]], kind: str, position: int, unit: str
) -> Comparison:
    result = Comparison(
        key=f"coldstart/{kind}/{name}",
        group=kind.capitalize(),
        case=name,
        unit=unit,
        samples={
            "function": [each[position] for each in samples[name]], FLOOR: [each[position] for each in samples[FLOOR]],
        },
    )  # fmt: skip
    result.add_ratio("function / floor", "function", FLOOR)
    return result


def _built_layer() -> Path:
    """Build the layer unless a devstack has built it, and return its folder of packages."""
    with tempfile.TemporaryDirectory(prefix="carillon-bench-") as folder:
        state = Path(folder)
        (state / "logs").mkdir()
        return build(Options(state=state), Registry(state)).parent / "Layer" / "python"


def _python(flags: Sequence[str], code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh Python with only its standard library, and with Lambda's variables."""
    environment = {
        "AWS_REGION": "eu-central-1",
        "AWS_LAMBDA_FUNCTION_NAME": "carillon",
        "LAMBDA_TASK_ROOT": "/var/task",
        "POWERTOOLS_SERVICE_NAME": "carillon",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "POWERTOOLS_METRICS_NAMESPACE": "carillon",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(
        [sys.executable, "-S", *flags, "-c", code, *arguments],
        env=environment, cwd="/", check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip


def _import(code: str, *folders: Path) -> tuple[float, float]:
    """Return the milliseconds of an import in a fresh process, and the most memory that the process used, in MB."""
    taken, memory = _python([], MEASURE, code, *folders).stdout.split()
    return float(taken), float(memory)


def _dearest(name: str, layer: Path) -> str:
    """Return the packages whose own modules take longest to import, with their share of the function's import."""
    code = f"import sys; sys.path[:0] = sys.argv[1:]; import {MODULES[name]}"
    report = _python(["-X", "importtime"], code, layer, ROOT / "functions" / name).stderr
    shares = ", ".join(f"`{package}` {share:.0%}" for package, share in dearest(report))
    return f"The five dearest imports of `{name}`, by package: {shares}."


def dearest(report: str) -> list[tuple[str, float]]:
    """Return the top packages of a report of `-X importtime`, with their share of all self times."""
    times: Counter[str] = Counter()
    for own, module in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", report, re.MULTILINE):
        package = module.partition(".")[0]
        times["Python's own library" if package in sys.stdlib_module_names else package] += int(own)
    return [(package, own / times.total()) for package, own in times.most_common(DEAREST)]
