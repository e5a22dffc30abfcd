"""The parts that a channel needs. Each failure names the channel and the missing part.

tests/integration/database/test_vocabularies.py has the parts in the database.
"""

import json
import re
from typing import Any, get_args

import pytest
from typer.models import OptionInfo

from carillon.channels import SENDERS
from carillon.models.category import CategoryDescription, ChannelRules
from carillon.models.channel import CHANNEL_SPECS, CHANNELS, Channel, ChannelSpec
from carillon.models.language import LANGUAGES, Language
from carillon.models.preferences import CategoryState, NewPreferences, Preferences, switch_of
from carillon.models.story import Answers
from carillon.notifications.explanation import SENTENCES
from carillon.settings.groups import ChannelSettings, LimitSettings, PreferenceSettings
from carillon.settings.routing import RoutingSettings
from cli import pauses
from tests.support.parts import SCHEMA, Part, missing, sources
from tests.support.paths import ROOT

EACH = pytest.mark.parametrize("channel", CHANNELS)
PACKAGE = "layers/carillon/carillon"
PARTS = [
    Part("metric TITLESent", "template/dashboard.yaml", r'"TITLESent"'),
    Part("metric TITLESentAfter", "docs/architecture.md", r"`TITLESentAfter`"),
    Part("metrics TITLEOutage and TITLEBack", "docs/architecture.md", r"`TITLEOutage`, `TITLEBack`"),
    Part("metrics TITLEEvent…", "docs/architecture.md", r"`TITLEEvent\w+`"),
    Part("page", "docs/NAME.md", r"^# "),
    Part("mention under `channel`", "docs/glossary.md", r"^\| channel \|.*`NAME`"),
    Part("limit", "docs/routing.md", r"`TITLEPerMinute`"),
    Part("general switch", "docs/api.md", r"`NAME_enabled`"),
    *(Part("name (bin/vocabularies)", f"web/src/texts/{each}.gen.ts", r'^  "NAME": "') for each in LANGUAGES),
    Part("type (npm run types)", "clients/typescript/src/api.gen.ts", r'channels: .*"NAME"'),
]
SQL = sorted(path for folder in ("schema/functions", "statements") for path in (SCHEMA / folder).rglob("*.sql"))
# A later language is optional, as in categories.toml: English replaces it.
REQUIRED_LANGUAGES = [name for name, field in CategoryDescription.model_fields.items() if field.is_required()]


def spec_of(channel: Channel) -> ChannelSpec:
    if channel not in CHANNEL_SPECS:
        missing("channel", channel, "entry in CHANNEL_SPECS in models/channel.py")
    return CHANNEL_SPECS[channel]


@EACH
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_channel_has_each_part(channel: Channel, part: Part) -> None:
    part.check("channel", channel)


@EACH
def test_a_channel_has_its_facts_and_its_sender(channel: Channel) -> None:
    assert spec_of(channel)
    if channel not in SENDERS:
        missing("channel", channel, "entry in SENDERS in channels/__init__.py")
    factory: Any = SENDERS[channel]
    home = f"carillon.channels.{channel}"
    assert f"{factory.__module__}.".startswith(f"{home}."), f"{factory.__qualname__} is not in {home}"


@EACH
@pytest.mark.parametrize("language", REQUIRED_LANGUAGES)
def test_a_channel_has_a_name_in_the_bell(channel: Channel, language: Language) -> None:
    if language not in spec_of(channel).label:
        missing("channel", channel, f"label in {language!r} in CHANNEL_SPECS in models/channel.py")


@EACH
def test_a_channel_has_its_settings(channel: Channel) -> None:
    spec = spec_of(channel)
    for model, names in (
        (ChannelSettings, spec.set_up_by),
        (PreferenceSettings, [spec.default_enabled]),
        (LimitSettings, [spec.per_minute]),
    ):
        for name in names:
            if not hasattr(model(), name):
                missing("channel", channel, f"setting {name} in {model.__name__} in settings/groups.py")
            variables = {f"{name.upper()}:", f"{name.upper().removesuffix('_ENABLED')}:"}  # DEFAULT_EMAIL, for one
            if not any(variable in (ROOT / "template.yaml").read_text("utf-8") for variable in variables):
                missing("channel", channel, f"variable {name.upper()} in template/globals.yaml")
    assert ChannelSettings.model_validate({spec.set_up_by[0]: "x"}).channels == [channel]
    changed = {spec.set_up_by[0]: "x", spec.default_enabled: True, spec.per_minute: 7}
    rules = json.loads(RoutingSettings.model_validate(changed).for_event("a.b"))["rules"]
    own = [(rule["set_up"], rule["enabled"], rule["per_minute"]) for rule in rules if rule["channel"] == channel]
    assert own == [(True, True, 7)]


@EACH
def test_a_channel_has_its_fields(channel: Channel) -> None:
    for model, field in (
        (NewPreferences, switch_of(channel)),
        (Preferences, switch_of(channel)),
        (CategoryState, channel),
        (ChannelRules, channel),
        (Answers, channel),
    ):
        assert field in model.model_fields, f"{model.__name__} does not derive its fields from CHANNELS"
    assert NewPreferences.model_validate({"by_default": [switch_of(channel)]}).by_default == [switch_of(channel)]


@EACH
def test_the_help_of_the_command_has_a_channel(channel: Channel) -> None:
    [option] = [each for each in get_args(pauses.Channel) if isinstance(each, OptionInfo)]
    assert re.search(rf"\b{channel}\b", option.help or "")


@EACH
def test_a_channel_has_sentences_for_a_person_who_cannot_be_reached(channel: Channel) -> None:
    reason = spec_of(channel).unreachable
    for key in (f"off.{reason}", f"left_out.{reason}"):
        if key not in SENTENCES:
            missing("channel", channel, f"sentence {key} in notifications/explanation.py")
    if f"`{reason}`" not in (ROOT / "docs/routing.md").read_text("utf-8"):
        missing("channel", channel, f"reason `{reason}` in docs/routing.md")


def test_sql_lists_no_channels() -> None:
    """Channels are rows. Only the domain has the list, and 16_channels.sql has a branch for each channel."""
    for path in SQL:
        named = {each for each in CHANNELS if f"'{each}'" in path.read_text("utf-8")}
        if path.name != "16_channels.sql" and len(named) > 1:
            pytest.fail(f"{path.relative_to(SCHEMA)} names the channels {sorted(named)}", pytrace=False)


def test_no_other_file_lists_the_channels() -> None:
    """In Python and in the bell, no other line has all channels."""
    homes = {f"{PACKAGE}/models/channel.py", f"{PACKAGE}/channels/__init__.py"}
    lists = {
        str(path.relative_to(ROOT))
        for path in sources()
        if path.suffix in (".py", ".ts", ".tsx", ".js")
        for line in path.read_text("utf-8").splitlines()
        if all(re.search(rf"""["']{channel}["']""", line) for channel in CHANNELS)
    }
    assert lists <= homes, "derive these lists from CHANNELS"
