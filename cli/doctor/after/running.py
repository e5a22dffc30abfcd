"""The moving parts: event sources, the reaper, dead-letter queues, logs and alarms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.doctor.after.stack import output, resources
from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import Live, Plan
from cli.doctor.sources import AwsRefused, NotChecked, Sources

SOURCES = {"DeliverySource": "deliver", "EventSource": "provider_events", "HintSource": "live_hints"}
QUEUES = {"DeadLetterQueueUrl": "deliveries", "EventDeadLetterQueueUrl": "provider events"}
GROUPS = ("Logs", "AccessLogs")
REAPER_LATE, REAPER_WINDOW = timedelta(minutes=5), timedelta(minutes=30)
PENDING = "PendingConfirmation"


@dataclass(frozen=True, slots=True)
class EventSource:
    """An event source: the function that it feeds, its state, and the result of its last batch."""

    function: str
    state: str
    result: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of the stack."""

    name: str
    state: str
    acts: bool


def gather_sources(sources: Sources, _: Plan) -> list[EventSource]:
    """Return the event sources of the stack."""
    found: list[EventSource] = []
    for logical, function in SOURCES.items():
        if name := resources(sources).get(logical):
            try:
                answer = sources.ask("lambda", "get_event_source_mapping", UUID=name)
            except AwsRefused as refused:
                if refused.error != "ResourceNotFoundException":
                    raise
                answer = {"State": "Deleted"}
            found.append(EventSource(function, answer["State"], answer.get("LastProcessingResult", "")))
    return found


def judge_sources(found: list[EventSource], plan: Plan) -> Iterable[Finding]:
    """Judge the event sources."""
    wanted = {function for function in SOURCES.values() if function != "live_hints" or plan.live is Live.APPSYNC}
    for function in sorted(wanted - {source.function for source in found}):
        yield Finding("event_source_off", function=function, state="missing")
    for source in found:
        if source.state in ("Disabled", "Disabling", "Deleting", "Deleted"):
            yield Finding("event_source_off", function=source.function, state=source.state)
        elif source.state != "Enabled":
            yield Finding("event_source_changing", function=source.function, state=source.state)
        elif source.result.startswith("PROBLEM"):
            yield Finding("event_source_failing", function=source.function, result=source.result)


def gather_reaper(sources: Sources, _: Plan) -> float | None:
    """Return the seconds since the reaper last published its gauges; None if that is longer ago than the window."""
    if sources.is_local:
        raise NotChecked("not_on_devstack", part="metrics")
    now = datetime.now(UTC)
    answer = sources.ask(
        "cloudwatch", "get_metric_statistics",
        Namespace=f"Carillon/{sources.session.stack.name}", MetricName="Pending",
        Dimensions=[{"Name": "service", "Value": "reaper"}],
        StartTime=now - REAPER_WINDOW, EndTime=now, Period=60, Statistics=["Maximum"],
    )  # fmt: skip
    times = [point["Timestamp"] for point in answer.get("Datapoints", [])]
    return (now - max(times)).total_seconds() if times else None


def judge_reaper(seconds: float | None, _: Plan) -> Iterable[Finding]:
    """Judge the last run of the reaper."""
    if seconds is None:
        yield Finding("reaper_silent", minutes=f"{REAPER_WINDOW.total_seconds() / 60:.0f}")
    elif seconds > REAPER_LATE.total_seconds():
        yield Finding("reaper_late", minutes=f"{seconds / 60:.0f}")


def gather_queues(sources: Sources, _: Plan) -> dict[str, int]:
    """Return the number of messages in each dead-letter queue."""
    counts: dict[str, int] = {}
    for named, queue in QUEUES.items():
        url = output(sources, named)
        wanted = ["ApproximateNumberOfMessages"]
        answer = sources.ask("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=wanted)
        counts[queue] = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    return counts


def judge_queues(counts: dict[str, int], _: Plan) -> Iterable[Finding]:
    """Judge the dead-letter queues."""
    if count := counts.get("deliveries"):
        yield Finding("dead_letters", count=count)
    if count := counts.get("provider events"):
        yield Finding("dead_events", count=count)


def gather_logs(sources: Sources, _: Plan) -> dict[str, int | None]:
    """Return the days that each log group keeps its lines; None: for ever. A group that does not exist is missing."""
    kept: dict[str, int | None] = {}
    for logical in GROUPS:
        if name := resources(sources).get(logical):
            found = sources.ask("logs", "describe_log_groups", logGroupNamePrefix=name).get("logGroups", [])
            kept |= {
                each["logGroupName"]: each.get("retentionInDays") for each in found if each["logGroupName"] == name
            }
    return kept


def judge_logs(kept: dict[str, int | None], _: Plan) -> Iterable[Finding]:
    """Judge how long logs are kept."""
    if not kept:
        yield Finding("logs_missing")
    for name, days in kept.items():
        if days is None:
            yield Finding("logs_for_ever", name=name)


def gather_alarms(sources: Sources, _: Plan) -> list[Alarm]:
    """Return the alarms of the stack."""
    names = sorted(name for logical, name in resources(sources).items() if logical.endswith("Alarm") and name)
    answer = sources.ask("cloudwatch", "describe_alarms", AlarmNames=names, MaxRecords=100) if names else {}
    return [
        Alarm(each["AlarmName"], each["StateValue"], each.get("ActionsEnabled", True))
        for each in answer.get("MetricAlarms", [])
    ]


def judge_alarms(alarms: list[Alarm], _: Plan) -> Iterable[Finding]:
    """Judge the alarms."""
    if not alarms:
        yield Finding("alarms_missing")
    for alarm in alarms:
        if alarm.state == "ALARM":
            yield Finding("alarm_on", name=alarm.name)
        if not alarm.acts:
            yield Finding("alarm_muted", name=alarm.name)


def gather_listeners(sources: Sources, _: Plan) -> tuple[int, int]:
    """Return how many subscribers of the alarm topic have confirmed, and how many have not."""
    topic = output(sources, "AlarmTopicArn")
    listed = sources.pages("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)
    pending = sum(each["SubscriptionArn"] == PENDING for each in listed)
    return sum(each["SubscriptionArn"].startswith("arn:") for each in listed), pending


def judge_listeners(facts: tuple[int, int], _: Plan) -> Iterable[Finding]:
    """Judge whether a person hears the alarms."""
    confirmed, pending = facts
    if not confirmed:
        yield Finding("listener_unconfirmed" if pending else "listener_missing")


EVENT_SOURCES = Check(
    name="event_sources", group=Group.RUNNING, gather=gather_sources, judge=judge_sources,
    ok=lambda found, _: f"{len(found)} event sources are enabled.",
    actions=("cloudformation:ListStackResources", "lambda:GetEventSourceMapping"),
)  # fmt: skip
REAPER = Check(
    name="reaper", group=Group.RUNNING, gather=gather_reaper, judge=judge_reaper,
    ok=lambda seconds, _: f"The reaper published its gauges {seconds or 0:.0f} s ago.",
    actions=("cloudwatch:GetMetricStatistics",),
)  # fmt: skip
DEAD_LETTERS = Check(
    name="dead_letters", group=Group.RUNNING, gather=gather_queues, judge=judge_queues,
    ok=lambda _facts, _plan: "The dead-letter queues are empty.",
    actions=("cloudformation:DescribeStacks", "sqs:GetQueueAttributes"),
)  # fmt: skip
LOGS = Check(
    name="log_retention", group=Group.WATCHING, gather=gather_logs, judge=judge_logs,
    ok=lambda kept, _: f"Logs are kept for {max(days or 0 for days in kept.values())} days.",
    actions=("cloudformation:ListStackResources", "logs:DescribeLogGroups"),
)  # fmt: skip
ALARMS = Check(
    name="alarms", group=Group.WATCHING, gather=gather_alarms, judge=judge_alarms,
    ok=lambda alarms, _: f"None of the {len(alarms)} alarms is on.",
    actions=("cloudformation:ListStackResources", "cloudwatch:DescribeAlarms"),
)  # fmt: skip
LISTENERS = Check(
    name="alarm_listener", group=Group.WATCHING, gather=gather_listeners, judge=judge_listeners,
    ok=lambda facts, _: f"{facts[0]} subscribers hear the alarms.",
    actions=("cloudformation:DescribeStacks", "sns:ListSubscriptionsByTopic"),
)  # fmt: skip

CHECKS = (EVENT_SOURCES, REAPER, DEAD_LETTERS, LOGS, ALARMS, LISTENERS)
