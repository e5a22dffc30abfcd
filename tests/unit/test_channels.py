"""The parts that a channel needs. Each failure names the channel and the missing part.

tests/integration/database/test_vocabularies.py has the parts in the database. TypeScript itself asks for the bell's
words and hints: `npm --prefix web run check`.
"""

import re
from typing import get_args

import pytest

from carillon.channels import SENDERS
from carillon.models.category import ChannelRules
from carillon.models.channel import CHANNEL_SPECS, CHANNELS, Channel, ChannelSpec
from carillon.models.preferences import CategoryState, NewPreferences, Preferences, Switch
from carillon.models.story import Answers
from carillon.notifications.explanation import SENTENCES
from carillon.settings.groups import ChannelSettings, LimitSettings, PreferenceSettings, RoutingSettings
from tests.support.parts import SCHEMA, Part, missing, sources
from tests.support.paths import ROOT

EACH = pytest.mark.parametrize("channel", CHANNELS)
PACKAGE = "layers/carillon/carillon"
BELL_TEXTS = sorted(
    path.name
    for pattern in ("??.ts", "*settings.ts")  # the English words of the settings page have a file of their own
    for path in (ROOT / "web/src/texts").glob(pattern)
    if path.name != "en.ts"
)

PARTS = [
    Part("class", f"{PACKAGE}/channels/NAME/sender.py", r"^class \w+:"),
    Part("function", f"{PACKAGE}/channels/NAME/payload.py", r"^def \w+"),
    Part("function `refine`", f"{PACKAGE}/channels/NAME/errors.py", r"^def refine\("),
    Part("mention", "layers/carillon/categories.toml", r"default\.NAME\b"),
    Part("metric TITLESent", "template/dashboard.yaml", r'"TITLESent"'),
    Part("metric TITLESentAfter", "docs/architecture.md", r"`TITLESentAfter`"),
    Part("metrics TITLEOutage and TITLEBack", "docs/architecture.md", r"`TITLEOutage`, `TITLEBack`"),
    Part("metrics TITLEEvent…", "docs/architecture.md", r"`TITLEEvent\w+`"),
    Part("page", "docs/NAME.md", r"^# "),
    Part("mention under `channel`", "docs/glossary.md", r"^\| channel \|.*`NAME`"),
    Part("limit", "docs/routing.md", r"`UPPER_PER_MINUTE`"),
    Part("general switch", "docs/api.md", r"`NAME_enabled`"),
    *(Part("word", f"web/src/texts/{name}", r'^  NAME: "') for name in BELL_TEXTS),
    Part("hint", "web/src/react/Settings.tsx", r"^  NAME(: |\()"),
    Part("type (npm run types)", "web/src/api.gen.ts", r'channels: .*"NAME"'),
]
SQL = sorted(path for folder in ("schema/functions", "statements") for path in (SCHEMA / folder).rglob("*.sql"))
# A file of SQL that names one channel in one of these ways must name them all.
IN_SQL = ["CHANNEL_route", "CHANNEL_enabled", "CHANNEL_per_minute"]
ABOUT_EMAIL = "24_unsubscribe.sql"  # a link to unsubscribe is in an email, and stops email


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


@EACH
def test_a_channel_has_its_settings(channel: Channel) -> None:
    spec = spec_of(channel)
    for model, names in (
        (ChannelSettings, spec.set_up_by),
        (PreferenceSettings, [spec.default_enabled]),
        (LimitSettings, [spec.per_minute]),
    ):
        for name in names:
            if name not in model.model_fields:
                missing("channel", channel, f"setting {name} in {model.__name__} in settings/groups.py")
            if f"{name.upper()}:" not in (ROOT / "template/globals.yaml").read_text("utf-8"):
                missing("channel", channel, f"variable {name.upper()} in template/globals.yaml")
    assert ChannelSettings.model_validate({spec.set_up_by[0]: "x"}).channels == [channel]
    changed = {spec.set_up_by[0]: "x", spec.default_enabled: True, spec.per_minute: 7}
    for_sql = RoutingSettings.model_validate(changed).for_sql()
    assert (for_sql["channels"], for_sql[f"{channel}_enabled"]) == ([channel], True)
    assert for_sql["limits"] == LimitSettings().per_minute | {channel: 7}


@EACH
def test_a_channel_has_its_fields(channel: Channel) -> None:
    if f"{channel}_enabled" not in get_args(Switch):
        missing("channel", channel, f"{channel}_enabled in Switch in models/preferences.py")
    for model, field, file in (
        (NewPreferences, f"{channel}_enabled", "models/preferences.py"),
        (Preferences, f"{channel}_enabled", "models/preferences.py"),
        (CategoryState, channel, "models/preferences.py"),
        (ChannelRules, channel, "models/category.py"),
        (Answers, channel, "models/story.py"),
    ):
        if field not in model.model_fields:
            missing("channel", channel, f"field {field} in {model.__name__} in {file}")


@EACH
def test_a_channel_is_in_the_help_of_the_command(channel: Channel) -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "cli").glob("*.py")]
    if not any(re.search(rf'Channel = .*help="[^"]*\b{channel}\b', text) for text in texts):
        missing("channel", channel, "mention in the help of --channel in cli")


@EACH
def test_a_channel_has_sentences_for_a_person_who_cannot_be_reached(channel: Channel) -> None:
    reason = spec_of(channel).unreachable
    for key in (f"off.{reason}", f"left_out.{reason}"):
        if key not in SENTENCES:
            missing("channel", channel, f"sentence {key} in notifications/explanation.py")
    if f"`{reason}`" not in (ROOT / "docs/routing.md").read_text("utf-8"):
        missing("channel", channel, f"reason `{reason}` in docs/routing.md")


@EACH
@pytest.mark.parametrize("form", IN_SQL)
def test_sql_that_names_one_channel_names_them_all(channel: Channel, form: str) -> None:
    for path in SQL:
        text = path.read_text("utf-8")
        named = any(form.replace("CHANNEL", each) in text for each in CHANNELS)
        if named and path.name != ABOUT_EMAIL and form.replace("CHANNEL", channel) not in text:
            missing("channel", channel, f"{form.replace('CHANNEL', channel)} in {path.relative_to(SCHEMA)}")


def test_lists_in_sql_have_all_channels() -> None:
    for path in SQL:
        text = path.read_text("utf-8")
        lists = [re.findall(r"'(\w+)'", each) for each in re.findall(r"ARRAY\[((?:'\w+'(?:, )?)+)\]", text)]
        lists += [re.findall(r"\('(\w+)', ", each) for each in re.findall(r"\(VALUES (\('.*?\))\) AS", text)]
        for each in lists:
            if len(set(each) & set(CHANNELS)) > 1 or set(each) == set(CHANNELS):
                assert tuple(each) == CHANNELS, f"a list of channels in {path.relative_to(SCHEMA)} is {each}"


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
