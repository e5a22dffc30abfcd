"""The lines of Aurora Serverless v2 (`Database=aurora`): its capacity, storage, input and output, and proxy."""

from collections.abc import Iterator

from cli.cost import measured, stacks
from cli.cost.calls import Calls
from cli.cost.prices import HOURS, PRICES, Price
from cli.cost.stacks import Database, Stack
from cli.cost.usage import Actions

# Aurora bills each commit that writes up to 4 KB as one. deliver claims and finishes a batch, the reaper dispatches and
# moves its mark.
WRITES: dict[str, int] = {"create": 1, "recipients": 1, "deliver": 2, "provider_events": 1, "reaper": 2}


def aurora_lines(stack: Stack, calls: Calls, actions: Actions, storage_gb: float) -> Iterator[tuple[Price, float]]:
    """Yield price and quantity of each line. The capacity is the mean of the month, and never below the least."""
    busy = calls.api_requests * measured.DATABASE_SECONDS / actions.seconds  # vCPUs
    capacity = max(stacks.LEAST_ACU[stack.size], busy / stacks.VCPUS_OF_AN_ACU)
    yield PRICES["acu"], HOURS * stacks.AURORA_MEMBERS * capacity
    yield PRICES["aurora_storage"], storage_gb
    written = sum(calls.invocations[function] * writes for function, writes in WRITES.items())
    yield PRICES["aurora_io"], written + actions.reads
    if stack.database is Database.AURORA_PROXY:
        yield PRICES["aurora_proxy"], HOURS * max(stacks.PROXY_LEAST_ACU, stacks.AURORA_MEMBERS * capacity)
