"""The measured figures, and the few that only AWS could show.

Milliseconds and log lines are from the functions' log of a devstack, in November 2026. The machine had two processors
and also ran other programs. The log was of 60 notifications with an email each, one fan-out to 20 people, 60 polls,
20 marks and 40 events. Rows were measured with 20,000 notifications in PostgreSQL 18, in requests for 1,000 people.
"""

from collections.abc import Mapping

# The median of the warm invocations of each function, from its REPORT lines. deliver sent one email.
MILLISECONDS: Mapping[str, float] = {
    "create": 26,
    "read": 8,
    "recipients": 10,
    "deliver": 41,
    "provider_events": 31,
    "reaper": 46,
}
# Not measured: the devstack's SES and SQS answer at once.
ASSUMED_WAIT_MILLISECONDS: Mapping[str, float] = {"create": 10, "deliver": 100}

# The seconds of the database's CPU that a request takes, with the deliveries beside it: the most that the load test of
# docs/deploy.md measured.
DATABASE_SECONDS = 0.0016

# Bytes that one invocation logs: the function's lines with their metrics, and START, END and REPORT with the trace's
# id. CloudWatch adds 26 bytes to each line.
LOG_BYTES: Mapping[str, int] = {
    "create": 780,
    "read": 670,
    "recipients": 680,
    "deliver": 1980,
    "provider_events": 1390,
    "reaper": 2000,
}
ACCESS_LOG_BYTES = 240  # one line in the format of template/api.yaml

# Bytes of the API's answers. A page has 30 notifications of 450 bytes.
ANSWER_BYTES: Mapping[str, int] = {"not modified": 300, "page": 13_800, "create": 1_000}
# Bytes of a call to another service, with its answer. An email has 8 kB of HTML and text.
CALL_BYTES: Mapping[str, int] = {"ses": 10_000, "sqs": 2_000, "sns": 3_000}

# Bytes of rows with their indexes, in freshly filled tables.
ROW_BYTES: Mapping[str, int] = {"notification": 870, "delivery": 560, "person": 320}
ROW_SLACK = 2  # rows that are updated leave space behind until vacuum frees it

# Planned, not measured: the times of functions that have no database and one request. The answer of AppSync is
# assumed to take 10 ms.
LIVE_MILLISECONDS: Mapping[str, float] = {"live_hints": 8, "live_authorizer": 3}
LIVE_WAIT_MILLISECONDS: Mapping[str, float] = {"live_hints": 10, "live_authorizer": 0}
LIVE_LOG_BYTES = 750  # START, END and REPORT, and one line of metrics
LIVE_METRICS: Mapping[str, tuple[str, ...]] = {
    "live_hints": ("ColdStart", "HintsPublished", "HintsNotPublished", "HintsWaiting"),
    "live_authorizer": ("ColdStart", "ListenerAccepted", "ListenerRefused"),
    "reaper": ("Hinted",),
}

_HTTP = ("Answered2xx", "ColdStart")
# The custom metrics of each function. CloudWatch bills each name in each hour in which it appears; here each counts
# for the whole month.
METRICS: Mapping[str, tuple[str, ...]] = {
    "create": (*_HTTP, "Recorded", "Dispatched"),
    "read": (*_HTTP, "Answered3xx"),
    "recipients": _HTTP,
    "deliver": ("ColdStart", "Received", "Sent", "EmailSent", "EmailSentAfter", "PushSent", "PushSentAfter"),
    "provider_events": ("ColdStart", "EventsReceived", "EmailEventAccepted", "EmailEventDelivered"),
    "reaper": ("ColdStart", "Due", "Failed", "FailedPermanently", "FailedSteps", "OldestDueSeconds", "Pending"),
}
# The reaper also publishes these when there is something to do. It does not publish a count of 0.
BUSY_REAPER = ("Dispatched", "Pruned", "RateLimitsPruned", "ReputationsPruned")
