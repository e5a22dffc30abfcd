"""The benchmarks of Carillon against the usual ways to do the same: `python -m benchmarks`."""

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks.options import Options, Outcome
from benchmarks.world import world

SECTIONS = ("create", "deliver")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("only", nargs="*", choices=[[], *SECTIONS])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    options = Options(quick=given.quick, chosen_rounds=given.rounds, data=given.data)
    with world(options) as w:
        for name in given.only or SECTIONS:
            outcome: Outcome = importlib.import_module(f"benchmarks.sections.{name}").measure(w)
            for each in outcome.comparisons:
                print(each.group, "|", each.case)
                for program in each.samples:
                    s = each.spread(program)
                    print(f"    {program:24} {s.median:9.1f} ({s.minimum:.1f}-{s.maximum:.1f})")
                for ratio, s in each.ratios.items():
                    print(f"    {ratio:24} {s.median:9.2f} ({s.minimum:.2f}-{s.maximum:.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
