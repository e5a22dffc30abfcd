"""The limits of each size: one table for template, docs, command and benchmark, and the rules that they must keep."""

import re

import pytest

from benchmarks.capacity import sizes
from benchmarks.capacity.requests import SHARES
from benchmarks.capacity.sizes import SIZES, Size
from tests.support.paths import ROOT
from tests.support.template import as_deployed, properties, template, variables

PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")


def cells_of(size: str, columns: int) -> list[str]:
    """Return the row of a size in the table with so many columns in docs/deploy.md."""
    rows = [row.split(" | ") for row in re.findall(rf"^\| `{size}` \| (.*) \|$", PAGE, re.MULTILINE)]
    [found] = [row for row in rows if len(row) == columns]
    return found


@pytest.mark.parametrize("name", SIZES)
def test_the_template_and_the_page_have_the_numbers_of_the_table(name: str) -> None:
    size = SIZES[name]
    assert template()["Mappings"]["Sizes"][name] == {
        "Instance": size.instance, "Connections": size.connections, "Busy": round(0.75 * size.connections),
        "Rate": size.rate, "Burst": size.burst, "Deliveries": size.deliveries, "Reads": size.reads_at_once,
        "Creates": size.creates_at_once, "Recipients": size.recipients_at_once,
        "Buffers": f"{{DBInstanceClassMemory/{size.memory_mib // size.buffers_mib * 8192}}}",
    }  # fmt: skip
    assert cells_of(name, 3) == [f"{size.memory_mib:,}", f"{size.buffers_mib:,}", f"{size.spare_mib:,}"]
    assert cells_of(name, 5) == [
        size.instance, f"{size.bells:,}", f"{size.creates}", f"{size.emails:,}", f"{size.rate:,} ({size.burst})",
    ]  # fmt: skip
    assert cells_of(name, 6) == [
        f"{size.connections}", f"{size.rate_by_connections:,}", f"{size.rate_by_cpu:,}", f"{size.deliveries}",
        f"{size.reads_at_once} / {size.creates_at_once} / {size.recipients_at_once}",
        f"{size.sustained:g} of {size.vcpus}",
    ]  # fmt: skip


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_rate_fits_into_the_cpu_and_the_connections(size: Size) -> None:
    assert size.rate <= size.rate_by_cpu
    assert size.rate * 2 <= size.rate_by_connections
    # All requests of a second may be creates.
    assert size.rate * sizes.BUSY_SECONDS <= size.connections * sizes.API_SHARE
    assert size.burst <= min(size.connections * sizes.API_SHARE, sizes.SIGN_INS_A_SECOND)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_sign_in_by_iam_has_the_memory_that_it_needs(size: Size) -> None:
    assert size.spare_mib >= sizes.SIGN_IN_MIB
    assert properties("InstanceParameters")["Parameters"]["shared_buffers"] == {
        "Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "Buffers"]
    }


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_reserved_concurrency_fits_into_the_connections_of_the_roles(size: Size) -> None:
    assert size.reads_at_once <= 0.9 * size.connections * sizes.READ_SHARE
    assert size.creates_at_once + size.recipients_at_once <= 0.9 * size.connections * sizes.API_SHARE
    # A region has 1,000 by default, and AWS keeps 100 of them for functions that reserve none.
    assert size.reads_at_once + size.creates_at_once + size.recipients_at_once <= 900


def test_concurrency_is_reserved_only_if_the_parameter_says_so_and_never_for_a_queue() -> None:
    assert template()["Parameters"]["ReservedConcurrency"]["Default"] == "off"
    reserved = {
        name: properties(name)["ReservedConcurrentExecutions"]["Fn::If"]
        for name, resource in template()["Resources"].items()
        if "ReservedConcurrentExecutions" in resource.get("Properties", {})
    }
    assert reserved == {
        name: ["ReservesConcurrency", {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, key]}, {"Ref": "AWS::NoValue"}]
        for name, key in (("Read", "Reads"), ("Create", "Creates"), ("Recipients", "Recipients"))
    }


def test_the_table_assumes_what_the_stack_and_the_load_do() -> None:
    assert int(as_deployed(variables("Read")["POLL_INTERVAL_SECONDS"])) == sizes.POLL_SECONDS
    assert sum(SHARES.values()) == 100
    assert SHARES["create"] == 100 * sizes.CREATES_SHARE
    assert properties("DeliverySource")["BatchSize"] == sizes.BATCH_EMAILS


@pytest.mark.parametrize("name", ["micro", "small"])
def test_a_new_account_runs_the_small_sizes_with_ten_executions_at_once(name: str) -> None:
    """A new account may have ten. Lambda throttles all beyond, and the queues must leave some to the API."""
    events = properties("EventSource")["ScalingConfig"]["MaximumConcurrency"]
    taken = [SIZES[name].deliveries, events, 1]
    [row] = re.findall(rf"^  \| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)
    assert [int(cell) for cell in row.split(" | ")] == [*taken, 10 - sum(taken)]
    assert 10 - sum(taken) >= 2
    assert properties("HintSource")["ScalingConfig"]["MaximumConcurrency"] == 5, "the page says five"
