"""A person's own time zone: who decides it. docs/routing.md shows its effect on quiet hours."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.environment import Connect
from tests.support.service import Service

TOKYO = "Asia/Tokyo"
NIGHT = {"quiet_hours": {"from": "22:00", "to": "07:00"}}


def put(service: Service, **choices: Any) -> dict[str, Any]:
    answer = service.call("PUT", "/preferences", choices, user="alice")
    assert answer.status == 200
    return answer.json


def zone(service: Service) -> tuple[str, bool]:
    answer = service.call("GET", "/preferences", user="alice").json
    return answer["timezone"], answer["timezone_known"]


def give(service: Service, timezone: str | None) -> None:
    assert service.call("PUT", "/recipients/alice", {"timezone": timezone}, producer="app").status == 200


def test_the_choice_comes_before_the_contact_data_and_the_stack(service: Service) -> None:
    assert zone(service) == ("UTC", False)
    give(service, "Europe/Paris")
    assert zone(service) == ("Europe/Paris", True)
    assert put(service, timezone=TOKYO)["timezone"] == TOKYO
    give(service, None)
    give(service, "Europe/Berlin")
    assert zone(service) == (TOKYO, True)
    assert service.call("GET", "/recipients/alice", producer="app").json["timezone"] == "Europe/Berlin"
    put(service)
    assert zone(service) == ("Europe/Berlin", True)


def test_an_answer_that_is_sent_back_chooses_nothing(service: Service) -> None:
    put(service, **service.call("GET", "/preferences", user="alice").json)
    assert zone(service) == ("UTC", False)
    give(service, "Europe/Paris")
    put(service, **service.call("GET", "/preferences", user="alice").json)
    give(service, "Europe/Berlin")
    assert zone(service) == ("Europe/Berlin", True)

    put(service, timezone=TOKYO)
    answer = service.call("GET", "/preferences", user="alice").json
    assert put(service, **answer) | {"updated_at": None} == answer | {"updated_at": None}


def test_the_stacks_zone_may_be_chosen(service: Service) -> None:
    put(service, timezone="UTC")
    assert zone(service) == ("UTC", False)
    put(service, timezone="UTC", timezone_known=True)
    assert zone(service) == ("UTC", True)
    put(service, **service.call("GET", "/preferences", user="alice").json)
    assert zone(service) == ("UTC", True)
    give(service, "Europe/Paris")
    assert zone(service) == ("UTC", True)
    put(service, timezone="Europe/Paris", timezone_known=True)  # the contact data's, which may change
    give(service, "Europe/Berlin")
    assert zone(service) == ("Europe/Berlin", True)


@pytest.mark.parametrize("name", ["Tokyo", "asia/tokyo", "+09:00", "", "Etc/Unknown", "Asia/Tokyo\n", 9, {}])
def test_any_other_name_is_refused_and_nothing_is_stored(service: Service, name: object) -> None:
    put(service, timezone=TOKYO)
    answer = service.call("PUT", "/preferences", {"timezone": name}, user="alice")
    assert (answer.status, answer.json["error"]["details"][0]["field"]) == (422, "timezone")
    assert zone(service) == (TOKYO, True)


@pytest.mark.parametrize("name", ["Asia/Calcutta", "Asia/Kolkata", "UTC", "Europe/Kiev", "America/Buenos_Aires"])
def test_the_names_of_browsers_are_accepted(service: Service, name: str) -> None:
    give(service, "Europe/Paris")
    assert put(service, timezone=name)["timezone"] == name


def test_quiet_hours_are_on_the_chosen_clock_and_the_choice_is_erased(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    put(service, email_enabled=True, timezone=TOKYO, **NIGHT)
    rows = connect().execute(
        """
        SELECT (plan_recipient(mine, '{job}', 'warning', ROW('{}', true, 'UTC'))).timezone AS zone
        FROM recipient_states('{alice}') AS mine
        """
    )
    assert rows.fetchall() == [{"zone": TOKYO}]
    assert service.call("DELETE", "/recipients/alice", producer="app").status == 200
    assert zone(service) == ("UTC", False)
