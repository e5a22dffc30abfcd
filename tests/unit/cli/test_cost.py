"""The bill of a month: numbers, arithmetic, the table and the JSON of `carillon cost`."""

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.cost import measured, stacks
from cli.cost.bill import Bill, billed_milliseconds, metrics
from cli.cost.calls import calls_of
from cli.cost.prices import HOURS, PRICES
from cli.cost.stacks import Database, Network, Size, Stack
from cli.cost.usage import MONTH_SECONDS, Actions, Usage, actions_of, parse_count
from cli.main import app


def carillon(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["cost", *arguments])


def document(*arguments: str) -> Any:
    result = carillon(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def dollars(usage: Usage | None = None, **parameters: Any) -> dict[str, float]:
    """Return the dollars of each line of a bill."""
    return {line.item: line.dollars for line in Bill(usage or Usage(), Stack(**parameters)).lines}


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("250", 250), ("50,000", 50_000), ("200k", 200_000), ("1M", 1_000_000), ("1.5m", 1_500_000),
     (" 2K ", 2_000), ("1000000M", 10**12)],
)  # fmt: skip
def test_a_number_may_end_in_k_or_m(text: str, number: int) -> None:
    assert parse_count("--emails", text) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [("-1", "negative"), ("-2k", "negative"), ("1.5", "whole"), ("1.0005k", "whole"), ("inf", "whole"),
     ("nan", "whole"), ("1000001M", "more than"), ("1e400", "more than"), ("", "not a number"), ("k", "not a number"),
     ("1G", "not a number"), ("many", "not a number"), ("9e99999999999999999999", "not a number")],
)  # fmt: skip
def test_other_text_is_an_error_that_names_the_option(text: str, reason: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"--emails: .*{reason}"):
        parse_count("--emails", text)


def test_a_month_of_polls() -> None:
    actions = actions_of(Usage(bells=100, hours=8, poll_seconds=30))
    assert actions.polls == pytest.approx(100 * 8 * 120 * 365 / 12, rel=1e-3)
    calls = calls_of(actions)
    assert calls.invocations["read"] == pytest.approx(actions.polls)
    # One preflight in two hours, not one for each poll.
    assert calls.api_requests == pytest.approx(actions.polls * (1 + 30 / 7200))


def test_recipients_of_one_request_share_it() -> None:
    one, many = (calls_of(actions_of(Usage(notifications=1000, emails=1000, per_request=n))) for n in (1, 100))
    assert (one.invocations["create"], many.invocations["create"]) == (1000, 10)
    assert (one.sqs.send, many.sqs.send) == (1000, 100)  # SQS takes ten messages at once
    assert (one.invocations["deliver"], many.invocations["deliver"]) == (1000, 100)


@pytest.mark.parametrize(
    ("actions", "sends"),
    [
        (Actions(seconds=1, creates=5, emails=5, pushes=5), 5),  # both channels of a notification go together
        (Actions(seconds=1, creates=5, emails=2, pushes=1), 2),
        (Actions(seconds=1, creates=1, emails=15), 2),
        (Actions(seconds=1, emails=7), 7),  # digests, whose notifications came before
        (Actions(seconds=1), 0),
    ],
)
def test_deliveries_go_to_the_queue_in_batches(actions: Actions, sends: float) -> None:
    assert calls_of(actions).sqs.send == pytest.approx(sends)


def test_an_idle_stack_has_the_reaper_the_pollers_and_what_stands() -> None:
    calls = calls_of(actions_of(Usage()))
    assert {name for name, count in calls.invocations.items() if count} == {"reaper"}
    assert calls.invocations["reaper"] == HOURS * 60
    assert calls.sqs.total == HOURS * 60 + 10 * MONTH_SECONDS / 20
    assert dollars()["db.t4g.small"] == pytest.approx(23.36)
    assert dollars(size=Size.MICRO)["db.t4g.micro"] == pytest.approx(11.68)
    assert dollars()["custom metrics"] == pytest.approx(0.30 * len(measured.METRICS["reaper"]))


def test_events_at_the_same_time_share_an_invocation() -> None:
    slow, fast = (calls_of(Actions(seconds=seconds, emails=1000)) for seconds in (10**9, 1))
    assert slow.invocations["provider_events"] == pytest.approx(2000, rel=0.01)
    assert fast.invocations["provider_events"] == 20  # batches of a hundred
    assert fast.sqs.event_receive == 200  # ten at once


def test_the_lines_are_quantity_times_price() -> None:
    usage = Usage(notifications=1_000_000, emails=200_000, pushes=100_000)
    bill = dollars(usage)
    assert bill["HTTP API requests"] == pytest.approx(1.00)
    assert bill["emails"] == pytest.approx(20.00)
    assert bill["pushes"] == pytest.approx(0.05)
    create = 1_000_000 * billed_milliseconds("create") / 1000 * 0.0000133334
    assert bill["run time (arm64): create"] == pytest.approx(create)
    whole = Bill(usage, Stack())
    assert whole.total == pytest.approx(sum(bill.values())) == pytest.approx(sum(whole.services.values()))


def test_aurora_bills_capacity_storage_and_writes_and_a_proxy_at_least_eight_acu() -> None:
    idle = dollars(size=Size.MEDIUM, database=Database.AURORA)
    assert idle["capacity of both members"] == pytest.approx(2 * 1 * 0.12 * 730)
    assert idle["reads and writes of the storage"] == pytest.approx(0.0175, rel=0.01)  # the reaper's
    assert "storage" not in idle
    assert not {"db.t4g.medium", "gp3 storage", "proxy"} & set(idle)
    assert dollars(database=Database.AURORA_PROXY)["proxy"] == pytest.approx(0.015 * 8 * 730)
    # A hundred requests a second need 0.16 vCPUs, and so 0.64 ACU of each member: more than the least of `small`.
    busy = Usage(bells=3000, hours=24)
    assert dollars(busy, database=Database.AURORA)["capacity of both members"] == pytest.approx(112.6, rel=0.01)
    kept = Bill(Usage(notifications=100_000_000), Stack(database=Database.AURORA))
    assert kept.storage_gb > 1000
    assert not [note for note in kept.notes if "storage" in note]


def test_each_choice_of_the_stack_has_its_lines() -> None:
    assert "NAT gateway" not in dollars()
    assert dollars(network=Network.NAT)["NAT gateway"] == pytest.approx(32.85)
    assert dollars(network=Network.NAT)["public IPv4 address"] == pytest.approx(3.65)
    assert dollars(network=Network.ENDPOINTS)["interface endpoints"] == pytest.approx(58.40)
    two = dollars(size=Size.MEDIUM, database=Database.MULTI_AZ)
    assert two["db.t4g.medium in two zones"] == pytest.approx(94.17)
    assert two["gp3 storage in two zones"] == pytest.approx(4.60)
    assert dollars(size=Size.MEDIUM, database=Database.MULTI_AZ_PROXY)["proxy"] == pytest.approx(21.90)
    assert dollars(Usage(people=100), cognito=True)["people who sign in (Essentials)"] == pytest.approx(1.50)
    existing = Bill(Usage(), Stack(database=Database.EXISTING, network=Network.NAT))
    assert not {"RDS", "Network", "Secrets Manager"} & existing.services.keys()
    assert existing.notes == ["The database and its network are yours: their costs are not in this bill."]


def test_bells_that_listen_pay_for_their_connections_and_poll_seldom() -> None:
    usage = Usage(notifications=1000, reads=500, people=100, bells=50, hours=12)
    polled, heard = Bill(usage, Stack()), Bill(usage, Stack(live=True))
    lines = {line.item: line.quantity for line in heard.lines}
    fetches = 1000 / 4 + 500  # a bell is open for half of the people, half of the day
    assert heard.actions.polls == pytest.approx(polled.actions.polls / 30 + fetches)
    assert lines["minutes of connection"] == pytest.approx(50 * 12 * 60 * HOURS / 24)
    assert lines["operations of AppSync Events"] == pytest.approx(1500 + fetches + 3 * 50 * HOURS / 24)
    assert lines["requests: hints"] == pytest.approx(3 * 1500 + 5 * HOURS * 180)
    assert heard.total < polled.total
    assert Bill(Usage(), Stack(live=True)).total > Bill(Usage(), Stack()).total, "an idle stack pays for the rest"
    assert not any("hints" in line.item for line in polled.lines)


def test_every_size_has_prices_in_one_zone_and_in_two() -> None:
    instances = {row.instance for row in stacks.SIZES.values()}
    assert {f"{each}{zones}" for each in instances for zones in ("", " in two zones")} <= PRICES.keys()
    assert all(price.dollars > 0 and price.page.startswith("https://aws.amazon.com/") for price in PRICES.values())


def test_rows_beyond_the_first_disk_cost_storage_and_beyond_the_last_are_a_note() -> None:
    assert dollars(Usage(notifications=100_000))["gp3 storage"] == pytest.approx(2.30)
    large = Bill(Usage(notifications=100_000_000), Stack(size=Size.LARGE))
    assert large.storage_gb > stacks.MAX_STORAGE_GB
    assert any("the template lets storage grow to 200 GB" in note for note in large.notes)


@pytest.mark.parametrize(("bells", "noted"), [(3000, False), (3001, True)])
def test_more_polls_than_the_api_accepts_are_a_note(bells: int, noted: bool) -> None:
    assert bool(Bill(Usage(bells=bells), Stack()).notes) is noted


def test_only_a_used_channel_has_metrics() -> None:
    names = {name for function, name in metrics(Actions(seconds=1, emails=1)) if function == "deliver"}
    assert "EmailSent" in names
    assert not any(name.startswith("Push") for name in names)


def test_the_command_prints_the_table_the_sum_and_the_largest_parts() -> None:
    result = carillon("--notifications", "1M", "--emails", "200k", "--people", "50k", "--bells", "2k")
    assert result.exit_code == 0
    total = document("--notifications", "1M", "--emails", "200k", "--people", "50k", "--bells", "2k")["total"]
    assert f"${total:,.2f} a month, by list prices of us-east-1" in result.stdout
    assert "Largest services: API Gateway" in result.stdout
    beyond = carillon("--bells", "4k")
    assert "4,000 bells poll 133.3 times a second, but Size=small accepts 100 requests a second" in beyond.stdout


def test_json_has_the_usage_the_calls_and_the_lines() -> None:
    found = document("--notifications", "200k", "--per-request", "20", "--size", "large", "--cognito")
    assert found["usage"]["notifications"] == found["usage"]["reads"] == 200_000
    assert found["stack"] == {"size": "large", "database": "single", "network": "ipv6", "cognito": True, "live": False}
    assert found["calls"]["invocations"]["create"] == 10_000
    assert found["total"] == pytest.approx(sum(line["dollars"] for line in found["lines"]), abs=0.01)
    assert {"service", "item", "quantity", "price", "dollars", "page"} == set(found["lines"][0])
    assert document("--notifications", "200k", "--reads", "0")["usage"]["reads"] == 0


def test_wrong_use_exits_with_2_and_json_has_the_error() -> None:
    assert carillon("--notifications", "many").exit_code == 2
    assert carillon("--poll-seconds", "1").exit_code == 2
    assert carillon("--size", "huge").exit_code == 2
    result = carillon("--notifications", "-5", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"] == {"code": "invalid", "message": "--notifications: '-5' is negative."}


def test_the_command_needs_no_stack_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("cli.stack.Stack.client", fail)
    monkeypatch.setattr("cli.stack.local_stack", fail)
    assert carillon("--emails", "0").exit_code == 0
