"""The answers of the API, as openapi.json describes them. Made by `bin/clients`. Do not edit."""

from typing import Any, Literal, NotRequired, TypedDict

Severity = Literal["info", "success", "warning", "critical"]


class Answers(TypedDict):
    """One answer for each channel."""

    email: "ChannelAnswer"
    in_app: "InAppAnswer"
    push: "ChannelAnswer"


class CategoryDescription(TypedDict):
    """The subject of a category in a few words, in each language of the settings page."""

    ar: NotRequired[str | None]
    de: NotRequired[str | None]
    en: str
    es: NotRequired[str | None]
    fr: str
    ja: NotRequired[str | None]
    pt: NotRequired[str | None]


class CategoryState(TypedDict):
    """A category that the operator declared, and what holds in it for a person."""

    audit: bool
    """Kept past the retention."""
    description: "CategoryDescription"
    email: "ChannelState"
    mandatory: list[Literal["email", "push"]]
    """The channels that nobody can switch off."""
    name: str
    only_if_unread_minutes: int | None
    """How long email and push wait, to leave only for what is not yet read; null: they do not."""
    push: "ChannelState"


ChannelAnswer = dict[str, Any]


class ChannelRule(TypedDict):
    """The rule for one channel. A wider rule decides each part that is absent."""

    enabled: NotRequired[bool | None]
    """On or off."""
    grouping: NotRequired[Literal["now", "hourly"] | int | None]
    minimum_severity: NotRequired[Literal["info", "success", "warning", "critical"] | None]
    """What is less urgent stays in the app."""


class ChannelRules(TypedDict):
    """A rule for each channel. A wider rule decides a channel that is absent."""

    email: "NotRequired[ChannelRule | None]"
    push: "NotRequired[ChannelRule | None]"


class ChannelState(TypedDict):
    """The effective settings of a person on one channel of a category."""

    enabled: bool
    grouping: Literal["now", "hourly"] | int
    """`now`, `hourly` (at the next full hour of UTC), or how many minutes a digest collects."""
    minimum_severity: Literal["info", "success", "warning", "critical"]
    """What is less urgent stays in the app."""
    rule: str
    """Who says whether it is on: `user:<category>`, `user`, `category:<category>` or, for a person who never chose,
    `stack:default_<channel>`."""
    switchable: bool
    """False where it is mandatory: a rule for it is refused."""


class Contact(TypedDict):
    """The address of a person, and what providers reported about it."""

    email: str | None
    email_status: Literal["ok", "bounced", "complained"]
    """Nothing is sent unless it is `ok`."""
    locale: str | None
    timezone: str | None
    updated_at: str
    user_id: str


class CreatedMany(TypedDict):
    """The answer to a request with `user_ids`: each recipient stands alone."""

    conflicts: int
    created: int
    notifications: "list[Recipient]"
    replayed: int


class Creator(TypedDict):
    """The creator of a notification, for the person it is for."""

    kind: Literal["producer", "you", "user"]
    """A `producer` (a backend of the application), `you` yourself, or another `user`."""
    name: str | None
    """The producer's name; null for people."""


class Deleted(TypedDict):
    """The numbers of rows that an erasure deleted. A delivery that also carries notifications of others is kept."""

    contact_data: int
    deliveries: int
    devices: int
    notifications: int
    preferences: int


class DeliveryStory(TypedDict):
    """The history of one delivery."""

    attempts: int
    available_at: str
    """When it is, or was, due."""
    channel: Literal["email", "push"]
    delivery_id: str
    digest: Literal["single", "event", "batch", "quiet", "limit"]
    """What it collects: one `event`, one `batch` key, what waits for the end of `quiet` hours, what was over the
    `limit`. A `single` one collects nothing."""
    error_code: str | None
    finished_at: str | None
    held_by: NotRequired[Literal["operator", "sender", "outage", "pace"] | None]
    """What holds it back now: an `operator`'s pause, one of all that its `sender` records, its channel's own in an
    `outage` of the provider, or the `pace` at which that takes messages."""
    held_until: NotRequired[str | None]
    """When the pause ends if nobody ends it before."""
    history: "list[HistoryEntry]"
    items: int
    """How many notifications it tells of, without those left out."""
    left_out: str | None
    """Why this notification was not in what was sent."""
    provider_status: NotRequired[
        Literal["accepted", "delayed", "delivered", "soft_bounced", "rejected", "bounced", "complained", "undelivered"]
        | None
    ]
    """The worst that the provider told since it accepted it; null: nothing, so far."""
    status: Literal["pending", "sending", "sent", "failed", "skipped"]


class Erased(TypedDict):
    """The answer to an erasure. All its counts are 0 if nothing was stored."""

    receipt: "Receipt"


class ErrorDetail(TypedDict):
    """What is wrong with one field of a request."""

    field: str
    message: str


class HistoryEntry(TypedDict):
    """One event of a delivery's time line, with what belongs to it: `claim_no`, `code`, `times` and so on."""

    at: str
    event: str


class InAppAnswer(TypedDict):
    """The answer of the feed: if the application shows the notification, and why not."""

    explanation: str
    """The same in one or two sentences."""
    reason: Literal["shown", "scheduled", "disabled", "retracted", "archived"]


JsonValue = Any


class NewPreferences(TypedDict):
    """`PUT /preferences`: stored whole, so a field that is absent returns to the stack's default."""

    by_default: NotRequired[list[Literal["in_app_enabled", "email_enabled", "push_enabled", "digest_minutes"]] | None]
    """As it was answered: which of the first four the person never chose. Where the value is still the stack's
    default, it stays unchosen, and the defaults of categories go on coming before it."""
    digest_minutes: NotRequired[int | None]
    """How long a digest collects, in minutes; 0 sends at once. Left out or null: the stack's default."""
    email_enabled: NotRequired[bool | None]
    """Left out or null: the stack's default."""
    in_app_enabled: NotRequired[bool | None]
    """Left out or null: the stack's default."""
    push_enabled: NotRequired[bool | None]
    """Left out or null: the stack's default."""
    quiet_hours: "NotRequired[QuietHours | None]"
    """On the person's clock; they pass midnight where `to` is the earlier one. What is not critical waits for their
    end. Left out or null: none."""
    rules: "NotRequired[dict[str, ChannelRules | None] | None]"
    """By category: the dotted beginning of event names. The most specific one that says something of a matter
    decides it, before the general switches. Left out or null: none."""
    timezone: NotRequired[str | None]
    """The clock of the quiet hours: a name of the IANA database, like `Europe/Berlin`. It comes before the contact
    data. Left out, null, or what applies anyway: the contact data's, else the stack's."""
    timezone_known: NotRequired[bool | None]
    """As it was answered. True makes `timezone` a choice also where it is the stack's."""


class NotificationDeliveries(TypedDict):
    """Why something was sent, or was not: one answer a channel, the routing, and each delivery's time line."""

    channels: "Answers"
    deliveries: "list[DeliveryStory]"
    in_app: bool
    notification_id: str
    routing: "dict[str, Route]"


class PersonData(TypedDict):
    """A page of all that is stored about a person, as the rows are. Only the first page has more than notifications."""

    devices: list[dict[str, Any]]
    next_cursor: str | None
    """Where the next page begins; null: this is the last."""
    notifications: list[dict[str, Any]]
    """Each with its deliveries; the oldest first, also those that the person no longer sees."""
    preferences: dict[str, Any] | None
    recipient: dict[str, Any] | None
    """How the person is reached."""
    user_id: str


class PlannedMany(TypedDict):
    """The answer that a request with `user_ids` would get. Nothing is kept."""

    conflicts: int
    created: int
    dry_run: "NotRequired[Literal[True]]"
    notifications: "list[PlannedRecipient]"
    replayed: int
    texts: "NotRequired[dict[str, PlannedTexts] | None]"
    """By language, if the request has texts by language."""


class PlannedRecipient(TypedDict):
    """The result that one of many recipients would get; the routing of a repeat is the stored one."""

    conflict: bool
    differs: NotRequired[list[str] | None]
    """In a conflict: the fields that differ from the first notification's, which `id` names."""
    id: str
    in_app: bool
    language: NotRequired[str | None]
    """The language of the texts that the person would get. Absent if they are in no named language, and for a
    repeat."""
    replayed: bool
    routing: "dict[str, Route]"
    user_id: str


class PlannedTexts(TypedDict):
    """The texts of a notification in one language."""

    body: str | None
    channel_texts: NotRequired[dict[str, str] | None]
    """By channel, if the template has such texts."""
    summary: str | None
    title: str


class Preferences(TypedDict):
    """The effective preferences of a person: their choices and, where they made none, the stack's defaults."""

    address_known: bool
    """Whether there is an address: without one, no email leaves."""
    by_default: list[Literal["in_app_enabled", "email_enabled", "push_enabled", "digest_minutes"]]
    """Which of these the person never chose: they are the stack's defaults."""
    categories: "list[CategoryState]"
    """All that are declared, in the operator's order."""
    channels: list[Literal["email", "push"]]
    """What this stack can send by."""
    default_email: Literal["critical", "all", "off"]
    """What a person who never chose gets by email: only `critical` notifications, `all` that are urgent enough, or
    none (`off`)."""
    device_known: bool
    """Whether there is an enabled device: without one, no push leaves."""
    digest_minutes: int
    email_enabled: bool
    email_help: "CategoryDescription | None"
    """Why no email leaves for the known address, and what to do about it; null: there is nothing to do."""
    email_status: Literal["ok", "bounced", "complained"] | None
    """Nothing is sent unless it is `ok`; null: no address is known."""
    in_app_enabled: bool
    push_enabled: bool
    quiet_hours: "QuietHours | None"
    rules: "dict[str, ChannelRules]"
    """What the person chose by category."""
    timezone: str
    """The time zone of the quiet hours: the person's choice, else the contact data's, else the stack's."""
    timezone_known: bool
    """False where the stack's time zone stands in for the person's."""
    updated_at: str | None
    """When they last chose; null: never."""


QuietHours = TypedDict("QuietHours", {"from": str, "to": str})


class Receipt(TypedDict):
    """The receipt of an erasure. It names the person only by a hash."""

    deleted: "Deleted"
    erased_at: str
    id: str
    person: str
    """`sha256:` and 16 hexadecimal digits of the SHA-256 of the id."""


class Recipient(TypedDict):
    """The result for one of many recipients."""

    conflict: bool
    differs: NotRequired[list[str] | None]
    """In a conflict: the fields that differ from the first notification's, which `id` names."""
    id: str
    replayed: bool
    user_id: str


class RecordedNotification(TypedDict):
    """A notification as its creator sees it: with what follows from it."""

    archived_at: str | None
    batch_key: str | None
    body: str | None
    created_at: str
    created_by: "Creator"
    data: "dict[str, JsonValue] | None"
    event_name: str
    expires_at: str | None
    id: str
    idempotency_key: str | None
    in_app: bool
    read_at: str | None
    routing: "dict[str, Route]"
    send_at: str | None
    severity: Literal["info", "success", "warning", "critical"]
    summary: str | None
    target_url: str | None
    title: str
    updated_at: str
    user_id: str


class Retracted(TypedDict):
    """The answer to `DELETE /notifications/{id}`; a repeat has the first time and what is true by then."""

    channels: "dict[str, RetractedChannel]"
    notification_id: str
    retracted_at: str
    user_id: str


RetractedChannel = dict[str, Any]


Route = dict[str, Any]
