"""The parts of the benchmarks that compute: request bodies, imports, the soak, and the delay of the proxy."""

from benchmarks.capture import capture
from benchmarks.cases import CASES, PRODUCER, bodies, create_settings
from benchmarks.sections.coldstart import dearest
from benchmarks.soak import Sample, level
from carillon.models.new_notification import NewNotification
from carillon.notifications import record


def test_processes_notify_different_people_and_each_request_is_its_own():
    work = {**CASES["full"].work(), "count": 50}
    sent = [bodies(work, number, 4, 100) for number in range(4)]
    people = [{body["user_id"] for body in each} for each in sent]
    assert not people[0] & people[1]
    assert len({body["resource_id"] for each in sent for body in each}) == 200


def test_every_kind_of_person_in_use_gets_every_kind_of_request():
    work = {**CASES["full"].work(), "count": 2 * CASES["full"].people}
    met = {(int(body["user_id"][-5:]) % 4, body["severity"]) for body in bodies(work, 0, 1, 0)}
    assert met == {(kind, severity) for kind in range(4) for severity in ("warning", "critical")}


def test_the_bodies_are_valid_requests():
    for case in CASES.values():
        for body in bodies({**case.work(), "count": 2}, 0, 1, 0):
            NewNotification.model_validate(body)


def test_the_settings_of_a_stack_in_use_have_categories():
    assert create_settings("unused", full=True).categories.audited("job.failed")


def test_a_statement_is_captured_with_its_parameters_and_not_run():
    settings = create_settings("unused")
    new = NewNotification.model_validate({"event_name": "job.failed", "title": "A job failed", "user_id": "alice"})
    captured = capture(lambda database: record.create(database, settings, PRODUCER, new, None))
    assert captured.name == "notifications/create"
    assert captured.parameters["user_ids"] == '{"alice"}'


def test_the_dearest_imports_are_summed_by_package():
    report = """import time: self [us] | cumulative | imported package
import time:       100 |        100 |   json
import time:       300 |        300 |     pydantic.main
import time:       200 |        500 |   pydantic
import time:       400 |       1000 | psycopg
"""
    assert dearest(report) == [("pydantic", 0.5), ("psycopg", 0.4), ("Python's own library", 0.1)]


def test_a_soak_is_level_if_the_last_third_does_not_exceed_the_first():
    flat = [Sample(at, 100, 50, 4, 5, 100, 10_000, 0) for at in range(20)]
    assert all(steady for _, _, steady in level(flat).values())
    leaking = [Sample(at, 100 + 5 * at, 50, 4, 5, 100, 10_000, 0) for at in range(20)]
    assert [name for name, (_, _, steady) in level(leaking).items() if not steady] == ["memory of clients, MB"]
