"""The settings of routing, and the stack's rules that they make.

The stack's rule about a category and a channel comes before any choice of a person. It depends on settings and declared
categories only, so Python computes it once in each container. The SQL functions read it as a row of the type
`stack_rule` (database/schema/0001_types.sql).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from carillon.models.category import Category
from carillon.models.channel import CHANNEL_SPECS, CHANNELS, Channel
from carillon.models.severity import Severity
from carillon.settings.groups import ChannelSettings, LimitSettings, PreferenceSettings

STACK = "stack"  # the name of the rule that the settings make
OTHER = ""  # the category of the events that belong to no declared category


@dataclass(frozen=True, slots=True)
class StackRule:
    """The stack's rule about one channel for the events of one category.

    `enabled_by` and `severity_by` name the rule that decided: `stack`, `stack:default_<channel>` (the default for a
    person who never chose) or `category:<name>`. `grouping` is a number of minutes, `now` or `hourly`. `per_minute` is
    how many deliveries may open for one person and minute. `chosen_severity` and `chosen_severity_by` replace the
    minimum severity for a person who switched the channel on.
    """

    category: str
    channel: Channel
    set_up: bool
    enabled: bool
    enabled_by: str
    minimum_severity: Severity
    severity_by: str
    grouping: str
    only_if_unread_minutes: int | None
    mandatory_by: str | None
    per_minute: int
    chosen_severity: Severity
    chosen_severity_by: str


class RoutingSettings(ChannelSettings, PreferenceSettings, LimitSettings):
    """All settings that the routing of a notification depends on."""

    def for_event(self, event: str) -> str:
        """Return what `create_notifications` needs for an event, as JSON. It is computed once for each category."""
        name = next((category.name for category in self.categories.covering(event)), OTHER)
        if name not in self._for_categories:
            self._for_categories[name] = self._for_sql([name])
        return self._for_categories[name]

    @cached_property
    def for_all_events(self) -> str:
        """The settings of SQL functions for any event, as JSON: the rules of all categories, and of other events."""
        return self._for_sql([OTHER, *self.categories.names])

    @cached_property
    def _for_categories(self) -> dict[str, str]:
        return {}

    def _for_sql(self, categories: Sequence[str]) -> str:
        rules = [asdict(self._rule(category, channel)) for category in categories for channel in CHANNELS]
        return json.dumps(
            {"rules": rules, "in_app_enabled": self.default_in_app_enabled, "timezone": self.default_timezone}
        )

    def _rule(self, name: str, channel: Channel) -> StackRule:
        """Return one rule. Each part comes from the most specific category that has it, or else from the settings."""
        covering = list(self.categories.covering(name))
        never_chose = f"{STACK}:default_{channel}"
        enabled, enabled_by = _most_specific(
            covering, channel, "enabled", getattr(self, CHANNEL_SPECS[channel].default_enabled), never_chose
        )
        chosen_severity, chosen_severity_by = _most_specific(covering, channel, "minimum_severity", "warning", STACK)
        minimum_severity, severity_by = chosen_severity, chosen_severity_by
        # A category that switches email on for everyone decides its severity too.
        if channel == "email" and self.default_email == "critical" and enabled_by == never_chose:
            minimum_severity, severity_by = "critical", never_chose
        grouping, _ = _most_specific(covering, channel, "grouping", self.default_digest_minutes, STACK)
        return StackRule(
            category=name,
            channel=channel,
            set_up=channel in self.channels,
            enabled=enabled,
            enabled_by=enabled_by,
            minimum_severity=minimum_severity,
            severity_by=severity_by,
            grouping=str(grouping),
            only_if_unread_minutes=self.categories.only_if_unread_minutes(name),
            mandatory_by=self.categories.mandatory_by(name, channel),
            per_minute=self.per_minute[channel],
            chosen_severity=chosen_severity,
            chosen_severity_by=chosen_severity_by,
        )


def _most_specific(
    covering: Sequence[Category], channel: Channel, part: str, default: Any, default_by: str
) -> tuple[Any, str]:
    """Return a part of the most specific category's default that has it, and the name of the rule that decided."""
    for category in covering:
        value = getattr(category.default.of(channel), part, None)
        if value is not None:
            return value, f"category:{category.name}"
    return default, default_by
