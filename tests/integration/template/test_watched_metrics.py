"""Each metric of Carillon in an alarm or the dashboard is published by the function that template.yaml names."""

import json
from collections.abc import Callable

import pytest

import reaper
from carillon.models.delivery import OutcomeKind
from carillon.observe import metrics
from tests.support.service import Service
from tests.support.translated_template import Worked
from tests.unit.template.test_template_alarms import watched

# Metrics that are published when they occur. An outcome is named after its kind: functions/deliver/deliver.py.
OUTCOMES = {"".join(word.title() for word in kind.value.split("_")) for kind in OutcomeKind}


def test_each_watched_metric_is_published_by_its_function(
    service: Service,
    reachable: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reachable("alice", push=True)
    body = {"user_id": "alice", "event_name": "job.failed", "title": "It failed", "severity": "critical"}
    for name, run in (
        ("create", lambda: service.call("POST", "/notifications", body, producer="app")),
        ("deliver", service.deliver),
        ("reaper", service.reap),
    ):
        # All functions run in this one process, so the test sets the name of each.
        monkeypatch.setattr(metrics, "service", name)
        run()

    published = {("deliver", kind) for kind in OUTCOMES}
    published |= {("reaper", name) for name in ("Dispatched", "StuckReset")}  # published when they occur
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("{") and (line_json := json.loads(line)).get("_aws"):
            [directive] = line_json["_aws"]["CloudWatchMetrics"]
            published |= {(line_json["service"], metric["Name"]) for metric in directive["Metrics"]}
    wanted = {
        (function, metric)
        for namespace, metric, function in watched(Worked({"EmailFrom": "a@example.com"}))
        if namespace.startswith("Carillon/")
    }
    assert len(wanted) >= 14
    assert wanted - published == set()
    always = {"".join(word.title() for word in name.split("_")) for name in reaper.ALWAYS_PUBLISHED}
    assert {metric for function, metric in wanted if function == "reaper"} == always | {"Dispatched", "StuckReset"}
