"""The examples, numbers and names of docs/push.md agree with the code."""

import json
import re

import boto3
import pytest

from carillon.channels.push import payload
from carillon.channels.push.payload import publish_request
from carillon.channels.rendering import render_push
from carillon.people import devices, handover
from carillon.settings import ReaperSettings
from tests.support.delivery_samples import SETTINGS, delivery, device, item
from tests.support.flow import Flow
from tests.support.paths import ROOT
from tests.support.phones import Phones
from tests.support.service import Service
from tests.support.template import timeout

PAGE = (ROOT / "docs" / "push.md").read_text("utf-8")
APNS, FCM = (json.loads(example) for example in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL))
API = (ROOT / "docs" / "api.md").read_text("utf-8")


@pytest.mark.parametrize("platform", ["apns", "fcm"])
def test_the_payloads_of_the_page_are_those_of_the_code(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_at = int(FCM["apns"]["headers"]["apns-expiration"]) - payload.WAIT_SECONDS
    monkeypatch.setattr(payload.time, "time", lambda: sent_at)
    push = delivery(item(target_url="/billing"), channel="push", unread_count=7)
    request = publish_request(push, device(1, platform), render_push(push, SETTINGS), SETTINGS.app_url)
    message = json.loads(request["Message"])
    if platform == "apns":
        assert json.loads(message["APNS"]) == APNS
    else:
        assert json.loads(message["GCM"])["fcmV1Message"]["message"] == FCM


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    numbers = {
        "may have up to 20 devices.": devices.MAX_DEVICES == 20,
        "registers a 21st device": devices.MAX_DEVICES == 20,
        "not registered for 270 days": ReaperSettings.model_fields["device_silence_days"].default == 270,
        "more than 4 seconds": handover.PUSH_WAIT_SECONDS == 4,
        "up to 30 seconds": timeout("Deliver") == 30,
        "for a day at most": payload.WAIT_SECONDS == 24 * 3600,
        "back within a day": payload.WAIT_SECONDS == 24 * 3600,
        "more than 4,096 bytes": payload.MAX_PAYLOAD_BYTES == 4096,
    }
    for words, holds in numbers.items():
        assert words in PAGE
        assert holds, words
    assert "DEVICE_SILENCE_DAYS" in PAGE
    assert (
        ReaperSettings.load({"DATABASE_URL": "x", "QUEUE_URL": "x", "DEVICE_SILENCE_DAYS": "30"}).device_silence_days
        == 30
    )


def test_a_registration_makes_as_many_requests_as_the_page_says(aws: boto3.Session, flow: Flow) -> None:
    text = " ".join(PAGE.split())
    assert "two requests to SNS for a device that the person already has, three for a new one" in text
    phones = Phones(flow)
    costs: list[int] = []
    for _ in range(2):
        phones.sns.calls.clear()
        phones.register("alice")
        costs.append(len(phones.sns.calls))
    assert costs == [3, 2]


def test_the_requests_of_the_pages_are_accepted(service: Service) -> None:
    [body] = re.findall(r"`POST /devices (\{.*?\})`", PAGE)
    made = service.call("POST", "/devices", json.loads(body.replace("…", "a-token")), user="alice")
    [example] = re.findall(r"```json\n(\{\"device\": .*?)\n```", API)
    shown_device = made.json["device"]
    assert {"device": shown_device | {"id": "…", "created_at": "…"}} == json.loads(example)
    assert service.call("GET", "/devices", user="alice").json == {"devices": [shown_device]}
    assert "unread_count" in service.call("GET", "/notifications/unread-count", user="alice").json
    assert service.call("DELETE", f"/devices/{shown_device['id']}", user="alice").status == 204
