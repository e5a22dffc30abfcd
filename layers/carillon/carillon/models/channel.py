"""The channels, and the facts about each.

A new channel is added here. tests/unit/test_channels.py and tests/integration/database/test_vocabularies.py name
the other parts that it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from carillon.models.language import FALLBACK, Language

Channel = Literal["email", "push"]
DefaultEmail = Literal["critical", "all", "off"]  # of a stack, for people who never chose

# The only list. All others derive from it, or tests/unit/test_channels.py compares them.
CHANNELS: tuple[Channel, ...] = get_args(Channel)  # in the order in which they are routed and locked


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """The facts about one channel. Its settings are given by the names of their fields in `carillon.settings`."""

    label: Mapping[Language, str]  # its name in the bell; `bin/vocabularies` writes it there
    noun: str  # one message, as explanations name it
    set_up_by: tuple[str, ...]  # the stack can send on the channel if one of these settings has a value
    default_enabled: str  # whether the channel is on for a person who never chose
    per_minute: str  # how many deliveries may open for one person and minute
    unreachable: str  # the reason of `off` for a person without an address or device
    unreachable_words: str  # the same in the words of explanations
    unreachable_cause: str  # the same for operators: docs/errors.md
    unreachable_remedy: str

    def label_in(self, language: Language) -> str:
        """Return the name in a language, or in English if there is none."""
        return self.label.get(language, self.label[FALLBACK])


CHANNEL_SPECS: Mapping[Channel, ChannelSpec] = {
    "email": ChannelSpec(
        label={
            "en": "Email",
            "fr": "E-mail",
            "de": "E-Mail",
            "es": "Correo",
            "pt": "E-mail",
            "ar": "البريد الإلكتروني",
            "ja": "メール",
        },
        noun="email",
        set_up_by=("email_from",),
        default_enabled="default_email_enabled",
        per_minute="email_per_minute",
        unreachable="no_address",
        unreachable_words="no address was known for you",
        unreachable_cause="No email address of the person is known.",
        unreachable_remedy="`PUT /recipients/{user_id}` with the address.",
    ),
    "push": ChannelSpec(
        label={
            "en": "Push",
            "fr": "Push",
            "de": "Push",
            "es": "Push",
            "pt": "Push",
            "ar": "إشعارات الهاتف",
            "ja": "プッシュ通知",
        },
        noun="push message",
        set_up_by=("apns_application_arn", "fcm_application_arn"),
        default_enabled="default_push_enabled",
        per_minute="push_per_minute",
        unreachable="no_device",
        unreachable_words="you had no registered device",
        unreachable_cause="The person has no enabled device.",
        unreachable_remedy="Let the application register the device.",
    ),
}
