"""The main module of a Python child process: see benchmarks/children.py."""

import importlib
import json
import sys
from collections.abc import Mapping
from typing import Any, Protocol


class Program(Protocol):
    """A program to time."""

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Build everything that does not belong to the measured work."""

    def run(self) -> None:
        """Do the prepared work. The clock runs."""


def main() -> None:
    """Connect, then prepare and run until stdin ends."""
    program: Program | None = None
    for line in sys.stdin:
        order, _, argument = line.rstrip("\n").partition(" ")
        if program is None:
            program = importlib.import_module(f"benchmarks.programs.{sys.argv[1]}").start(json.loads(line))
        elif order == "prepare":
            program.prepare(json.loads(argument))
        else:
            program.run()
        print("ok", flush=True)


if __name__ == "__main__":
    main()
