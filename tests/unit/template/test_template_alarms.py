"""The alarms and the dashboard of template.yaml: which metrics they use, and when an alarm goes off."""

import json
import operator
import re

import pytest

from tests.support.translated_template import PROFILES, ROOT, Worked

RUNBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
# Metrics that AWS publishes, according to the documentation of each service.
AWS_METRICS = {
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    "AWS/Lambda": {"Errors", "Throttles"},
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency"},
    "AWS/SES": {"Reputation.BounceRate", "Reputation.ComplaintRate"},
    "AWS/RDS": {
        "FreeStorageSpace",
        "DatabaseConnections",
        "CPUUtilization",
        "CPUCreditBalance",
        "FreeableMemory",
        "SwapUsage",
        "ACUUtilization",
        "VolumeBytesUsed",
    },
}
COMPARED = {"GreaterThanThreshold": operator.gt, "LessThanThreshold": operator.lt}
GB = 1024**3
# Dimension, its value, a number that is fine, a number that must alarm, and whether missing data must alarm.
ALARMS: dict[str, tuple[str, str, float, float, bool]] = {
    "DeadLetters": ("QueueName", "${DeadLetters.QueueName}", 0, 1, False),
    "LostEvents": ("QueueName", "${EventDeadLetters.QueueName}", 0, 1, False),
    "LateDeliveries": ("service", "reaper", 600, 901, False),  # seconds; retries of one delivery take up to ten minutes
    "DeliverErrors": ("FunctionName", "${Deliver}", 0, 1, False),
    "ApiErrors": ("ApiId", "${Api}", 3, 10, False),
    "SilentReaper": ("service", "reaper", 5, 0, True),
    "BounceRate": ("ses:configuration-set", "${ConfigurationSet}", 0.03, 0.05, False),  # SES reviews an account at 5 %
    "ComplaintRate": ("ses:configuration-set", "${ConfigurationSet}", 0.0005, 0.001, False),  # and at 0.1 %
    "PushCredentials": ("service", "provider_events", 0, 1, False),
    "LateHints": ("QueueName", "${Hints.QueueName}", 120, 200, False),
    "HintErrors": ("service", "live_hints", 0, 1, False),
    "DatabaseStorage": ("DBInstanceIdentifier", "${Instance}", 4 * GB, 1 * GB, False),
    "DatabaseConnections": ("DBInstanceIdentifier", "${Instance}", 80, 119, False),  # the size small has 120
    "DatabaseMemory": ("DBInstanceIdentifier", "${Instance}", 0.1 * GB, 0.05 * GB, False),
    "DatabaseSwap": ("DBInstanceIdentifier", "${Instance}", 0.1 * GB, 0.3 * GB, False),
    "DatabaseCpu": ("DBInstanceIdentifier", "${Instance}", 60, 90, False),
    "DatabaseCredits": ("DBInstanceIdentifier", "${Instance}", 20, 0, False),
}
SLOW = {"DatabaseCredits"}  # it warns of a bill, and a new instance earns credits for some hours


@pytest.fixture(params=PROFILES)
def worked(request: pytest.FixtureRequest) -> Worked:
    return Worked(PROFILES[request.param])


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_goes_off_when_it_must_and_not_before(name: str) -> None:
    dimension, value, fine, wrong, missing_alarms = ALARMS[name]
    application = "arn:aws:sns:eu-central-1:123456789012:app/GCM/app"
    given = {"EmailFrom": "hello@example.com", "FcmApplicationArn": application, "Live": "appsync"}
    alarm = Worked(given).properties(f"{name}Alarm")
    assert alarm["Dimensions"] == [{"Name": dimension, "Value": value}]
    goes_off = COMPARED[alarm["ComparisonOperator"]]
    assert not goes_off(fine, alarm["Threshold"])
    assert goes_off(wrong, alarm["Threshold"])
    assert (alarm.get("TreatMissingData") == "breaching") == missing_alarms
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 3600 or name in SLOW, "it goes off more than an hour late"


def test_throttles_of_all_functions_count() -> None:
    """They share one quota, and a metric without dimensions has all functions of the account."""
    alarm = Worked({}).properties("ThrottlesAlarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Throttles")
    assert "Dimensions" not in alarm
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_a_first_deploy_does_not_alarm_before_the_reaper_runs() -> None:
    """Missing data of the time before the alarm counts, so the alarm comes after the schedule."""
    worked = Worked({})
    alarm = worked.resources()["SilentReaperAlarm"]
    assert alarm["DependsOn"] == "ReaperEveryMinute"
    assert worked.properties("ReaperEveryMinute")["ScheduleExpression"] == "rate(1 minute)"
    assert alarm["Properties"]["EvaluationPeriods"] == 2


def test_every_alarm_notifies_the_topic_and_names_its_runbook(worked: Worked) -> None:
    headings = re.findall(r"^### (.*)$", RUNBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}
    alarms = worked.resources("AWS::CloudWatch::Alarm")
    conditions = worked.conditions
    pairs = conditions["HasEmail"] + conditions["HasLive"]
    database = 5 * conditions["MakesInstance"] + conditions["HasBurstableInstance"] + 2 * conditions["MakesCluster"]
    assert len(alarms) == 7 + conditions["HasPush"] + 2 * pairs + database
    for name, alarm in alarms.items():
        properties = alarm["Properties"]
        assert properties["AlarmActions"] == properties["OKActions"] == ["${AlarmTopic}"], name
        [anchor] = re.findall(r"Runbook: docs/operations\.md#([\w-]+)$", properties["AlarmDescription"])
        assert anchor in anchors, name
    shown = json.loads(worked.properties("Dashboard")["DashboardBody"])["widgets"]
    assert {arn[2:-5] for arn in shown[0]["properties"]["alarms"]} == set(alarms)


def test_aws_publishes_every_metric_of_its_own_namespaces(worked: Worked) -> None:
    for namespace, metric, _ in watched(worked):
        if namespace != "Carillon/carillon":
            assert metric in AWS_METRICS[namespace]


def test_the_dashboard_names_its_metrics_in_full(worked: Worked) -> None:
    assert {("Carillon/carillon", "OldestDueSeconds", "reaper"), ("Carillon/carillon", "EmailSent", "deliver")} <= set(
        watched(worked)
    )


def watched(worked: Worked) -> list[tuple[str, str, str]]:
    """Return namespace, metric and the first dimension's value for every metric of the alarms and the dashboard."""
    found: list[tuple[str, str, str]] = []
    for alarm in worked.resources("AWS::CloudWatch::Alarm").values():
        properties = alarm["Properties"]
        [dimension, *_] = properties.get("Dimensions", [{"Value": ""}])
        found.append((properties["Namespace"], properties["MetricName"], dimension["Value"]))
    for widget in json.loads(worked.properties("Dashboard")["DashboardBody"])["widgets"]:
        last: list[str] = []
        for line in widget["properties"].get("metrics", []):
            words = [word for word in line if isinstance(word, str)]
            if words[0] == "...":
                words = last[:-1] + words[1:]
            last = [before if word == "." else word for word, before in zip(words, last or words, strict=True)]
            found.append((last[0], last[1], last[3]))
    return found
