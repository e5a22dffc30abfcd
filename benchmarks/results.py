"""The file with the results, and running a section."""

import importlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.children import ROOT
from benchmarks.figures import Results, Section
from benchmarks.options import Outcome
from benchmarks.world import World

SECTIONS: Mapping[str, str] = {
    "create": "Recording one notification",
    "fanout": "Recording one notification for many people",
    "deliver": "Claiming and finishing deliveries",
    "feed": "The feed",
    "retention": "Pruning beside creates",
    "coldstart": "The cold start",
    "wholepath": "The whole path",
}
LATEST = ROOT / ".local" / "benchmarks" / "results.json"


def measure(name: str, world: World) -> Section:
    """Measure a section and return its results."""
    started, before = datetime.now(UTC), machine.load_average()
    fsync = machine.write_milliseconds(world.options.data)
    clock = time.monotonic()
    outcome: Outcome = importlib.import_module(f"benchmarks.sections.{name}").measure(world)
    return Section(
        name=name,
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 1),
        rounds=world.options.rounds,
        quick=world.options.quick,
        machine={**machine.describe(), "fsync": f"{fsync:.2g} ms", **outcome.versions},
        load={"before": before, "after": machine.load_average()},
        comparisons=outcome.comparisons,
        notes=outcome.notes,
    )


def read(path: Path) -> Results:
    """Return the stored results: none if there is no file."""
    return Results.model_validate_json(path.read_text("utf-8")) if path.exists() else Results()


def write(path: Path, results: Results) -> None:
    """Store the results of all sections."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(results.model_dump_json(indent=1) + "\n", "utf-8")
