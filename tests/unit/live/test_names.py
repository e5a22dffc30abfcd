"""The names of channels: AppSync accepts them, and they hide the person."""

import re

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from carillon.live.names import channel_of, hash_person
from carillon.live.where import where
from carillon.settings import ReadSettings

SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?")


@given(st.text(min_size=1))
def test_every_user_id_has_a_channel_that_appsync_accepts(user_id: str) -> None:
    segments = channel_of(hash_person("key", user_id)).split("/")[1:]
    assert len(segments) <= 5
    assert all(SEGMENT.fullmatch(segment) for segment in segments)


def test_the_name_depends_on_the_key_and_hides_the_person() -> None:
    one = hash_person("key", "alice")
    assert len(one) * 4 >= 128
    assert len({one, hash_person("another key", "alice"), hash_person("key", "bob")}) == 3


def test_the_answer_names_both_channels_and_is_null_without_hints() -> None:
    live = {"live_url": "wss://x/event/realtime", "live_host": "x", "live_key": SecretStr("key")}
    settings = ReadSettings.model_validate({"database_url": "d"} | live)
    answer = where(settings, "alice")
    assert answer is not None
    assert answer.model_dump() == {
        "url": "wss://x/event/realtime",
        "host": "x",
        "channels": [
            {"name": channel_of(hash_person("key", "alice")), "spread_seconds": 0.3},
            {"name": "/hints/all", "spread_seconds": 60},
        ],
    }
    for missing in live:
        less = ReadSettings.model_validate({"database_url": "d"} | {k: v for k, v in live.items() if k != missing})
        assert where(less, "alice") is None
