"""The wait of a person whose bell hears hints: from the answer 201 of a create until the bell shows the number.

It starts a devstack of its own, with Chromium, and uses loopback alone. It measures twice: with no other connection,
and while a script holds 1,000 connections of other people. It fails if a bar is missed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.live.listeners import holding
from tests.e2e.conftest import Stack
from tests.support.listening_bell import Waits, listening_bells, measure
from tests.support.own_devstack import running_devstack

READY_WITHIN_SECONDS = 400
ALONE_SECONDS, HELD_SECONDS = 1.0, 2.0  # bars for the 99th percentile
OPEN_WITHIN_SECONDS = 240  # for all held connections; the devstack invokes the authorizer three times for each


def main() -> int:
    """Measure, print, and return the exit code: 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--tries", type=int, default=200, help="notifications of each measurement")
    parser.add_argument("--sockets", type=int, default=1000, help="connections that a script holds; 0 for none")
    parser.add_argument("--people", type=int, default=8, help="bells in Chromium, in turn; each shows at most 99")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carillon-live-", ignore_cleanup_errors=True) as folder:
        state = Path(folder)
        state.chmod(0o755)  # PostgreSQL's system user must reach it
        with running_devstack(state, READY_WITHIN_SECONDS):
            return _measure(Stack(state), options)


def _measure(stack: Stack, options: argparse.Namespace) -> int:
    with listening_bells(stack, options.people) as bells:
        met = _judge("no other connection", measure(bells, options.tries), ALONE_SECONDS)
        if options.sockets:
            with holding(stack, options.sockets, OPEN_WITHIN_SECONDS) as held:
                print(f"{held.count} connections opened in {held.opened_in:.0f} s", flush=True)
                met &= _judge(f"{held.count} other connections", measure(bells, options.tries), HELD_SECONDS)
    return 0 if met else 1


def _judge(name: str, waits: Waits, bar: float) -> bool:
    met = waits.p99 < bar
    print(f"{name}: {waits} (the bar of p99 is {bar:g} s: {'met' if met else 'MISSED'})", flush=True)
    return met


if __name__ == "__main__":
    sys.exit(main())
