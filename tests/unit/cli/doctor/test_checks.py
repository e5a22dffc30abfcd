"""Each check against recorded answers of AWS: good ones, bad ones, and refused ones."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

import pytest

from cli.cost.stacks import Network
from cli.doctor import checks
from cli.doctor.after import running
from cli.doctor.before import account, region
from cli.doctor.check import AnyCheck
from cli.doctor.kinds import Level
from cli.doctor.plan import Plan
from cli.doctor.run import run_check
from cli.doctor.sources import Page, Sources
from cli.session import Session
from cli.stack import Target
from tests.support.doctor_sources import RecordedSources, files
from tests.unit.cli.doctor.cases import CASES, Case

# These are asked with a body of their own: test_sign_in.py, test_inside.py and below.
OTHERS = {"clock", "issuer", "audience", "token", "api", "database", "endpoints", "reaper"}
# Without this right, a stack counts as new.
NEW = ("vpcs", "elastic_ips", "lambda_concurrency", "aurora_version", "snapshot", "cluster_snapshot")
OPTIONAL = ("cloudformation:DescribeStacks", NEW)


@pytest.mark.parametrize("case", CASES, ids=[f"{number} {case}" for number, case in enumerate(CASES, 1)])
def test_a_check_finds_what_the_answers_say(case: Case) -> None:
    outcome = run_check(case.check, RecordedSources(*case.answers, zone=case.zone), case.plan)
    assert tuple(finding.kind.code for finding in outcome.findings) == case.codes
    assert bool(outcome.ok) == (not case.codes)
    assert case.check.applies(case.plan)


@pytest.mark.parametrize("network", Network)
def test_a_given_vpc_needs_no_quota_and_no_way_out_of_its_own(network: Network) -> None:
    own, given = Plan(network=network), Plan(network=network, vpc_id="vpc-0a")
    of_networks = (account.VPC_QUOTA, account.ADDRESS_QUOTA, region.IPV6, region.ENDPOINT_SERVICES)
    assert [check.name for check in of_networks if check.applies(given)] == []
    assert account.VPC_QUOTA.applies(own)
    assert region.INSTANCE.applies(given)


def good(check: AnyCheck) -> Case:
    """Return the last good case: it asks most."""
    return [case for case in CASES if case.check is check and not case.codes][-1]


ASKING = [check for check in dict.fromkeys((*checks.BEFORE, *checks.AFTER, checks.DRIFT)) if check.name not in OTHERS]


@pytest.mark.parametrize("check", ASKING, ids=lambda check: check.name)
def test_a_check_declares_the_rights_that_it_uses(check: AnyCheck) -> None:
    asked: set[str] = set()
    for case in (case for case in CASES if case.check is check):
        sources = RecordedSources(*case.answers, zone=case.zone)
        run_check(check, sources, case.plan)
        asked |= sources.asked
    assert asked - {"sts:GetCallerIdentity"} == set(check.actions)


@pytest.mark.parametrize(
    ("check", "action"),
    [(check, action) for check in ASKING for action in check.actions],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_without_a_right_a_check_is_not_checked_and_names_it(check: AnyCheck, action: str) -> None:
    case = good(check)
    # All answers about drift are needed only if there is one.
    answers = [name.replace("drift_none", "drift_one") for name in case.answers]
    sources = RecordedSources(*answers, zone=case.zone)
    sources.denied = {action}
    outcome = run_check(check, sources, case.plan)
    if (action, check.name) in [(OPTIONAL[0], name) for name in OPTIONAL[1]]:
        assert outcome.level is not Level.NOT_CHECKED
        return
    assert outcome.level is Level.NOT_CHECKED
    assert action in outcome.findings[0].what
    assert not outcome.ok


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("AccessDenied", "no_permission"),
        ("UnauthorizedOperation", "no_permission"),
        ("AuthorizationError", "no_permission"),
        ("ExpiredToken", "bad_credentials"),
        ("SignatureDoesNotMatch", "bad_credentials"),
        ("InternalFailure", "aws_refused"),
    ],
)
def test_an_error_of_aws_becomes_a_reason(monkeypatch: pytest.MonkeyPatch, error: str, code: str) -> None:
    sources = RecordedSources("lambda_usual")
    sources._recorded["lambda", "get_account_settings"] = [{"error": error}]
    outcome = run_check(account.CONCURRENCY, sources, Plan())
    assert [finding.kind.code for finding in outcome.findings] == [code]


def test_a_service_that_does_not_answer_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = Sources(Session(Target(region="eu-central-1"), as_json=True), fetch=_never, resolve=_never)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    outcome = run_check(account.CONCURRENCY, sources, Plan())
    assert [finding.kind.code for finding in outcome.findings] == ["aws_silent"]
    assert "lambda:GetAccountSettings" in outcome.findings[0].what


def test_without_credentials_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    sources = Sources(Session(Target(region="eu-central-1"), as_json=True), fetch=_never, resolve=_never)
    outcome = run_check(account.CREDENTIALS, sources, Plan())
    assert [finding.kind.code for finding in outcome.findings] == ["no_credentials"]


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError


def test_the_emulator_has_no_metrics() -> None:
    sources = RecordedSources()
    sources.session.stack.target = Target()
    outcome = run_check(running.REAPER, sources, Plan())
    assert [finding.kind.code for finding in outcome.findings] == ["not_on_devstack"]


def test_the_clock_is_compared_with_the_date_of_an_answer() -> None:
    url = "https://sts.eu-central-1.amazonaws.com/"
    date = formatdate(time.time() - 100, usegmt=True)
    sources = RecordedSources(site={url: Page(302, b"", date)})
    assert account.gather_clock(sources, Plan()) == pytest.approx(100, abs=2)
    for site in ({}, {url: 302}):
        assert run_check(account.CLOCK, RecordedSources(site=site), Plan()).level is Level.NOT_CHECKED


@pytest.mark.parametrize(
    ("seconds", "codes"),
    [(0.4, []), (-29, []), (31, ["clock_skewed"]), (-200, ["clock_skewed"]), (-241, ["clock_wrong"])],
)
def test_a_clock_is_judged_by_its_difference(seconds: float, codes: list[str]) -> None:
    findings = list(account.judge_clock(seconds, Plan()))
    assert [finding.kind.code for finding in findings] == codes
    if findings:
        assert ("behind" if seconds < 0 else "ahead of") in findings[0].what


@pytest.mark.parametrize(
    ("minutes", "codes"), [([2, 1], []), ([9, 7], ["reaper_late"]), ([], ["reaper_silent"])], ids=str
)
def test_the_reaper_is_judged_by_its_last_gauge(minutes: list[int], codes: list[str]) -> None:
    now = datetime.now(UTC)
    points = [{"Timestamp": now - timedelta(minutes=each), "Maximum": 0.0, "Unit": "Count"} for each in minutes]
    sources = RecordedSources()
    sources._recorded["cloudwatch", "get_metric_statistics"] = [{"answer": {"Label": "Pending", "Datapoints": points}}]
    outcome = run_check(running.REAPER, sources, Plan())
    assert [finding.kind.code for finding in outcome.findings] == codes
    assert sources.asked == set(running.REAPER.actions)


def test_each_recorded_answer_is_used() -> None:
    used = {name for case in CASES for name in case.answers}
    assert used == {path.stem for path in files()}
