"""The demo gives pages of other origins a token and the bell."""

import pytest

from tests.unit.demo.conftest import Demo, body

ALLOWED, OTHER = "http://localhost:5173", "http://localhost:1234"


def test_a_page_of_an_allowed_origin_gets_a_token_for_anyone(demo: Demo) -> None:
    answer = demo.client.get("/token?user=user_of_my_app", headers={"Origin": ALLOWED})
    assert body(answer) == {"token": "token of user_of_my_app for 600 s", "expires_in": 600}
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED


@pytest.mark.parametrize("origin", [OTHER, "null", "https://localhost:5173", "http://localhost:51730"])
def test_a_page_of_another_origin_cannot_read_a_token(demo: Demo, origin: str) -> None:
    answer = demo.client.get("/token?user=alice", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"  # no cache may give the answer for another origin


@pytest.mark.parametrize("host", ["rebound.example.com", "rebound.example.com:8761", "127.0.0.1.example.com"])
def test_a_website_whose_name_leads_to_this_machine_gets_no_token(demo: Demo, host: str) -> None:
    body(demo.client.get("/token?user=alice", headers={"Host": host}), 403)


@pytest.mark.parametrize("query", ["", "?user=", "?user=a%0Ab", f"?user={'u' * 129}"])
def test_a_token_needs_the_id_of_a_person(demo: Demo, query: str) -> None:
    assert "user" in body(demo.client.get(f"/token{query}"), 400)["error"]


def test_every_page_may_load_the_bell(demo: Demo) -> None:
    demo.options.bell.parent.mkdir()
    demo.options.bell.write_text("// the bell")
    answer = demo.client.get("/bell.js", headers={"Origin": OTHER})
    assert (answer.text, answer.headers["Access-Control-Allow-Origin"]) == ("// the bell", "*")
