"""The bill: a line for each thing that AWS counts, its price, the sum, and the notes below it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cli.cost import measured, stacks
from cli.cost.aurora import aurora_lines
from cli.cost.calls import Calls, calls_of
from cli.cost.live import listening, live_calls, live_lines
from cli.cost.prices import HOURS, PRICES, Price
from cli.cost.stacks import Network, Stack
from cli.cost.usage import Actions, Usage, actions_of

GB = 1024**3
BOTH_WAYS_ACROSS = 0.5  # functions run in two zones, the database in one: half of their traffic crosses
TRACED_AFTER_THE_FIRST = 0.05  # X-Ray records one request a second, and 5 % of the others
FULL_CORE_MB = 1769  # Lambda gives one processor at this memory, and less in proportion
TOKENS = HOURS  # the backend keeps each token for the hour that it is valid


@dataclass(frozen=True, slots=True)
class Line:
    """A line: the quantity of a month, and its price. `detail` tells apart lines with the same price."""

    price: Price
    quantity: float
    detail: str = ""

    @property
    def item(self) -> str:
        """The name of the line."""
        return f"{self.price.item}: {self.detail}" if self.detail else self.price.item

    @property
    def dollars(self) -> float:
        """The amount of the line."""
        return self.quantity * self.price.dollars / self.price.per


@dataclass(frozen=True)
class Bill:
    """The bill of one month."""

    usage: Usage
    stack: Stack

    @cached_property
    def actions(self) -> Actions:
        """The actions of the month."""
        actions = actions_of(self.usage)
        return listening(self.usage, actions) if self.stack.live else actions

    @cached_property
    def calls(self) -> Calls:
        """The calls of the month."""
        return calls_of(self.actions)

    @cached_property
    def lines(self) -> list[Line]:
        """The lines with a quantity, by service."""
        parts = (self._requests(), self._run_time(), self._messages(), self._database(), self._watching(),
                 self._traffic(), self._network(), self._sign_in(), self._live())  # fmt: skip
        return [line for part in parts for line in part if line.quantity]

    @property
    def total(self) -> float:
        """The sum in dollars."""
        return sum(line.dollars for line in self.lines)

    @property
    def services(self) -> dict[str, float]:
        """The dollars of each service, the largest first."""
        sums: dict[str, float] = {}
        for line in self.lines:
            sums[line.price.service] = sums.get(line.price.service, 0) + line.dollars
        return dict(sorted(sums.items(), key=lambda entry: -entry[1]))

    @property
    def largest(self) -> Line:
        """The largest line. Each bill has one: the alarms cost something in every stack."""
        return max(self.lines, key=lambda line: line.dollars)

    @property
    def storage_gb(self) -> float:
        """The gigabytes of rows after the time for which notifications are kept."""
        usage, months = self.usage, stacks.RETENTION_MONTHS
        rows = measured.ROW_BYTES
        kept = usage.notifications * rows["notification"] + (usage.emails + usage.pushes) * rows["delivery"]
        return (kept * months + usage.people * rows["person"]) * measured.ROW_SLACK / GB

    @property
    def notes(self) -> list[str]:
        """The limits of the stack that this usage would exceed."""
        found: list[str] = []
        size = stacks.SIZES[self.stack.size]
        polls = self.usage.bells / self.actions.poll_seconds if self.actions.polls else 0
        if polls > size.rate:
            found.append(
                f"{self.usage.bells:,} bells poll {polls:,.1f} times a second, but Size={self.stack.size} accepts "
                f"{size.rate} requests a second: see docs/deploy.md#sizes."
            )
        if self.stack.makes_database and not self.stack.aurora and self.storage_gb > stacks.MAX_STORAGE_GB:
            found.append(
                f"After a year the rows need {self.storage_gb:,.0f} GB, but the template lets storage grow to "
                f"{stacks.MAX_STORAGE_GB} GB only."
            )
        if not self.stack.makes_database:
            found.append("The database and its network are yours: their costs are not in this bill.")
        return found

    def _requests(self) -> Iterator[Line]:
        yield Line(PRICES["api_requests"], self.calls.api_requests)
        yield Line(PRICES["lambda_requests"], sum(self.calls.invocations.values()))

    def _run_time(self) -> Iterator[Line]:
        for function, count in self.calls.invocations.items():
            memory = stacks.MEMORY[function]
            seconds = billed_milliseconds(function) / 1000
            yield Line(PRICES["lambda_gb_seconds"], count * seconds * memory / 1024, function)

    def _messages(self) -> Iterator[Line]:
        sqs = self.calls.sqs
        yield Line(PRICES["sqs_requests"], sqs.total - sqs.receive_nothing, "messages and the reaper")
        yield Line(PRICES["sqs_requests"], sqs.receive_nothing, "receives without a message")
        yield Line(PRICES["sns_publishes"], self.calls.sns_publishes)
        yield Line(PRICES["sns_pushes"], self.calls.sns_pushes)
        yield Line(PRICES["ses_emails"], self.calls.ses_emails)

    def _database(self) -> Iterator[Line]:
        if not self.stack.makes_database:
            return
        if self.stack.aurora:
            for price, quantity in aurora_lines(self.stack, self.calls, self.actions, self.storage_gb):
                yield Line(price, quantity)
            yield Line(PRICES["secret"], 1)
            return
        size = stacks.SIZES[self.stack.size]
        zones = " in two zones" if self.stack.two_zones else ""
        yield Line(PRICES[size.instance + zones], HOURS)
        yield Line(PRICES["storage" + zones], max(stacks.STORAGE_GB, self.storage_gb))
        if self.stack.database is stacks.Database.MULTI_AZ_PROXY:
            yield Line(PRICES["proxy"], HOURS * size.vcpus)
        yield Line(PRICES["secret"], 1)

    def _watching(self) -> Iterator[Line]:
        calls = self.calls
        alarms = stacks.ALARMS + (self._database_alarms() if self.stack.makes_database else 0)
        lines = sum(count * measured.LOG_BYTES[function] for function, count in calls.invocations.items())
        logs = (lines + calls.api_requests * measured.ACCESS_LOG_BYTES) / GB
        yield Line(PRICES["metrics"], len(metrics(self.actions)))
        yield Line(PRICES["alarms"], alarms)
        yield Line(PRICES["dashboards"], 1)
        yield Line(PRICES["logs"], logs)
        yield Line(PRICES["logs_kept"], logs)  # both log groups keep them for 30 days
        yield Line(PRICES["traces"], sum(self._traces(*each) for each in calls.invocations.items()))

    def _database_alarms(self) -> int:
        burstable = stacks.SIZES[self.stack.size].instance.startswith("db.t")
        return stacks.DATABASE_ALARMS + (stacks.CREDITS_ALARMS if burstable else 0)

    def _traces(self, function: str, count: float) -> float:
        seconds = self.actions.bell_seconds if function == "read" and self.actions.polls else self.actions.seconds
        return min(count, seconds) + max(0.0, count - seconds) * TRACED_AFTER_THE_FIRST

    def _traffic(self) -> Iterator[Line]:
        actions, sizes = self.actions, measured.ANSWER_BYTES
        pages = actions.reads * sizes["page"] + actions.fetches * (sizes["page"] - sizes["not modified"])
        answers = (actions.creates + actions.reads + actions.contacts) * sizes["create"]
        yield Line(PRICES["data_out"], (actions.polls * sizes["not modified"] + pages + answers) / GB)
        if self.stack.makes_database:
            # A poll reads the page from the database, also if the answer is that nothing has changed.
            read = (actions.polls + actions.reads) * sizes["page"]
            yield Line(PRICES["between_zones"], read * BOTH_WAYS_ACROSS / GB)

    def _network(self) -> Iterator[Line]:
        if not self.stack.makes_database or self.stack.network is Network.IPV6:
            return
        calls, sizes = self.calls, measured.CALL_BYTES
        sent = calls.ses_emails * sizes["ses"] + calls.sns_pushes * sizes["sns"]
        gigabytes = (sent + (calls.sqs.send + calls.sqs.depth) * sizes["sqs"]) / GB
        if self.stack.network is Network.NAT:
            yield Line(PRICES["nat_hours"], HOURS)
            yield Line(PRICES["address_hours"], HOURS)
            yield Line(PRICES["nat_gb"], gigabytes)
        else:
            yield Line(PRICES["endpoint_hours"], HOURS * stacks.ENDPOINTS * stacks.ENDPOINT_ZONES)
            yield Line(PRICES["endpoint_gb"], gigabytes)

    def _sign_in(self) -> Iterator[Line]:
        if self.stack.cognito:
            yield Line(PRICES["cognito_client"], 1)
            yield Line(PRICES["cognito_tokens"], TOKENS)
            yield Line(PRICES["cognito_people"], self.usage.people)

    def _live(self) -> Iterator[Line]:
        if not self.stack.live:
            return
        share = stacks.LIVE_MEMORY / FULL_CORE_MB
        seconds = {
            function: (took / share + measured.LIVE_WAIT_MILLISECONDS[function]) / 1000
            for function, took in measured.LIVE_MILLISECONDS.items()
        }
        for price, quantity, detail in live_lines(live_calls(self.usage, actions_of(self.usage)), seconds):
            yield Line(price, quantity, detail)


def billed_milliseconds(function: str) -> float:
    """Return the milliseconds of one invocation that Lambda bills.

    The whole measured time is scaled to the share of a processor that the function has, although a part of it is
    waiting: the result is rather too high. Then the wait for the provider is added.
    """
    share = min(1.0, stacks.MEMORY[function] / FULL_CORE_MB)
    return measured.MILLISECONDS[function] / share + measured.ASSUMED_WAIT_MILLISECONDS.get(function, 0)


def metrics(actions: Actions) -> set[tuple[str, str]]:
    """Return the custom metrics that the actions publish: the function and the name of each."""
    used = {"reaper"}
    used |= {"create"} if actions.creates else set()
    used |= {"read"} if actions.polls or actions.reads else set()
    used |= {"recipients"} if actions.contacts else set()
    used |= {"deliver"} if actions.emails or actions.pushes else set()
    used |= {"provider_events"} if actions.emails else set()
    unused = (() if actions.emails else ("Email",)) + (() if actions.pushes else ("Push",))
    named = {
        (function, name)
        for function in used
        for name in measured.METRICS[function]
        if not (function == "deliver" and name.startswith(unused))
    }
    return named | ({("reaper", name) for name in measured.BUSY_REAPER} if "deliver" in used else set())


def bill_of(usage: Usage, stack: Stack) -> Bill:
    """Return the bill of a month."""
    return Bill(usage, stack)
