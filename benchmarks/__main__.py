"""Measure Carillon against the usual ways to do the same, on one PostgreSQL and in turn."""

import argparse
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from benchmarks import bars, publish, report
from benchmarks.children import ChildFailed
from benchmarks.figures import Results
from benchmarks.install import NotInstalled
from benchmarks.options import Options
from benchmarks.progress import clear
from benchmarks.results import LATEST, SECTIONS, measure, read, write
from benchmarks.world import world
from tests.support.environment import memory_dir

EPILOG = """sections:
  create     record one notification, against a transaction of eight statements and the bare insert
  fanout     record one notification for up to 1,000 people, against a loop
  deliver    claim and finish deliveries, against pgqueuer and Procrastinate
  feed       list, count and mark, with 10 thousand and 1 million rows
  retention  record notifications while 1 million old ones are pruned
  coldstart  import time, memory and size of the layer, against bare boto3 and psycopg
  wholepath  from the request to SES, on a devstack that it starts

`soak` runs a mixed load, apart from the sections. The results are in .local/benchmarks/results.json.
--publish writes them into docs/benchmarks.md too. The exit status is 1 if a bar is missed."""


def main() -> int:
    """Run what the command line asks for, and return the exit status."""
    given = _parse()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        if given.what == ["soak"]:
            from benchmarks.soak import soak  # here, because only this command needs it

            return soak(given.minutes, given.data)
        if given.what == ["publish"]:
            publish.publish(read(LATEST))
            return 0
        return _run(given)
    except KeyboardInterrupt:
        clear()
        print("Interrupted. Everything that the benchmark started has ended.", file=sys.stderr)
        return 130
    except (ChildFailed, NotInstalled) as error:
        clear()
        print(f"Failed: {error}", file=sys.stderr)
        return 2


def _run(given: argparse.Namespace) -> int:
    sections: list[str] = given.what or list(SECTIONS)
    options = Options(quick=given.quick, full=given.full, chosen_rounds=given.rounds, data=given.data)
    started, results = time.monotonic(), read(LATEST)
    with world(options) as shared:
        for name in sections:
            results.sections[name] = measure(name, shared)
            write(LATEST, results)
            clear()
            print(f"\n## {SECTIONS[name]}\n")
            print("\n".join(report.section(results.sections[name])), flush=True)
    if given.publish:
        publish.publish(results)
    return _conclude(Results(sections={name: results.sections[name] for name in sections}), time.monotonic() - started)


def _conclude(results: Results, seconds: float) -> int:
    """Print the bars of the sections that ran, and the summary in the last line. Return the exit status."""
    judged = [each for each in bars.judge(results) if each.bar.keys[0].partition("/")[0] in results.sections]
    print("\n## Bars\n")
    print("\n".join(report.verdicts(judged)))
    missed = bars.missed(judged, list(results.sections))
    measured = sum(each.measured is not None for each in judged)
    names = "; ".join(each.bar.text for each in missed)
    quick = " (a quick run)" if any(each.quick for each in results.sections.values()) else ""
    print(
        f"\n{measured - len(missed)} of {measured} bars met in {seconds / 60:.1f} minutes{quick}."
        + (f" Missed: {names}." if missed else "")
    )
    return 1 if missed else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what", nargs="*", metavar="SECTION", help="what to measure, or `soak` or `publish`; by default all sections"
    )
    parser.add_argument("--quick", action="store_true", help="three short rounds, for a first look")
    parser.add_argument("--full", action="store_true", help="the feed with 10 million rows, too")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each comparison (6)")
    parser.add_argument("--publish", action="store_true", help="write the results into docs/benchmarks.md")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=memory_dir(),
        help="the folder for databases (in memory, if there is room)",
    )
    parser.add_argument("--minutes", type=float, default=30, metavar="N", help="length of the soak (30)")
    given = parser.parse_args()
    known = [*SECTIONS, "soak", "publish"]
    if unknown := [each for each in given.what if each not in known]:
        parser.error(f"{unknown[0]} is none of {', '.join(known)}")
    if len(given.what) > 1 and {"soak", "publish"} & set(given.what):
        parser.error("soak and publish run alone")
    return given


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
