"""A stack's own file of categories: the tests follow it from the file to the routing and the settings page.

Python computes the stack's rules from the file, and SQL applies them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.environment import Connect
from tests.support.service import Service

FILE = """
[[categories]]
name = "law"
description = { en = "Legal notices", fr = "Mentions légales" }
mandatory = ["email", "push"]
audit = true

[[categories]]
name = "law.news"
description = { en = "News about the law", fr = "Actualités juridiques" }
mandatory = []
default.push = { grouping = "hourly" }

[[categories]]
name = "law.news.urgent"
description = { en = "Urgent news", fr = "Actualités urgentes" }
mandatory = ["push"]

[[categories]]
name = "sale"
description = { en = "Sales", fr = "Ventes" }
default.email = { enabled = true, minimum_severity = "success", grouping = 30 }
only_if_unread_minutes = 20

[[categories]]
name = "sale.won"
description = { en = "Won sales", fr = "Ventes conclues" }
default.email = { grouping = "now" }
"""

# The settings page of a person without choices: email, push, mandatory, audit, only_if_unread_minutes.
# A channel is (enabled, minimum severity, grouping, rule, switchable).
NO_EMAIL = (False, "warning", 5, "stack:default_email", True)
NO_PUSH = (False, "warning", 5, "stack:default_push", True)
MANDATORY = (True, "info", "now", "category:law", False)
PAGE: dict[str, tuple[Any, ...]] = {
    "law": (MANDATORY, MANDATORY, ["email", "push"], True, None),
    "law.news": (NO_EMAIL, (False, "warning", "hourly", "stack:default_push", True), [], True, None),
    "law.news.urgent": (NO_EMAIL, (True, "info", "now", "category:law.news.urgent", False), ["push"], True, None),
    "sale": ((True, "success", 30, "category:sale", True), NO_PUSH, [], False, 20),
    "sale.won": ((True, "success", "now", "category:sale", True), NO_PUSH, [], False, 20),
}


@pytest.fixture(autouse=True)
def file(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the service read this file in place of the file in the package."""
    path = tmp_path / "categories.toml"
    path.write_text(FILE, "utf-8")
    monkeypatch.setenv("CATEGORIES_FILE", str(path))
    return path


def test_the_settings_page_lists_the_categories_of_the_file_in_its_order(service: Service) -> None:
    categories = service.call("GET", "/preferences", user="alice").json["categories"]
    assert [each["name"] for each in categories] == list(PAGE)
    for each in categories:
        assert (
            tuple(each["email"].values()), tuple(each["push"].values()), each["mandatory"], each["audit"],
            each["only_if_unread_minutes"],
        ) == PAGE[each["name"]]  # fmt: skip
    assert categories[1]["description"] == {"en": "News about the law", "fr": "Actualités juridiques"}


@pytest.mark.parametrize(
    ("event", "severity", "route"),
    [
        ("law.changed", "info", ("now", "mandatory", "category:law")),
        ("law.news.weekly", "critical", ("off", "disabled", "stack:default_email")),
        ("sale.lost", "success", ("digest", "severity_success", "category:sale")),
        ("sale.lost", "info", ("off", "below_severity", "category:sale")),
        ("sale.won.big", "success", ("digest", "only_if_unread", "category:sale")),
        ("sales.lost", "critical", ("off", "disabled", "stack:default_email")),
    ],
)
def test_routing_follows_the_file(
    service: Service, connect: Connect, event: str, severity: str, route: tuple[str, str, str]
) -> None:
    service.call("PUT", "/recipients/alice", {"email": "alice@example.com"}, producer="app")
    body = {"user_id": "alice", "event_name": event, "title": "T", "severity": severity}
    email = service.call("POST", "/notifications", body, producer="app").json["notification"]["routing"]["email"]
    assert (email["action"], email["reason"], email["rule"]) == route


def test_routing_follows_the_choices_on_the_settings_page(
    service: Service, connect: Connect, reachable: Callable[..., None]
) -> None:
    """For a person with rules, a warning is off where the page shows it as off, and due when the page shows it."""
    reachable("alice", push=True)
    rules = {
        "sale": {"email": {"enabled": False, "grouping": 45}, "push": {"minimum_severity": "critical"}},
        "sale.won": {"email": {"enabled": True}},
        "law.news": {"email": {"grouping": "now"}, "push": {"grouping": 50}},
    }
    answer = service.call("PUT", "/preferences", {"push_enabled": True, "rules": rules}, user="alice")
    seen: set[str] = set()
    for each in answer.json["categories"]:
        body = {"user_id": "alice", "event_name": each["name"], "title": "T", "severity": "warning"}
        made = service.call("POST", "/notifications", body, producer="app", query={"dry_run": "1"}).json["notification"]
        for channel in ("email", "push"):  # alice can be reached on these
            choice, route = each[channel], made["routing"][channel]
            off = not choice["enabled"] or choice["minimum_severity"] == "critical"
            waits = choice["grouping"] != "now" or (each["only_if_unread_minutes"] and choice["switchable"])
            assert route["action"] == ("off" if off else "digest" if waits else "now"), (each["name"], channel)
            assert off is ("leaves_at" not in route)
            assert route["reason"] == "below_severity" or route["rule"] == choice["rule"]
            seen.add(route["action"])
    assert seen == {"off", "now", "digest"}
