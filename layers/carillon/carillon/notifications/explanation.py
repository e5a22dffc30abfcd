"""Explanations for a person: why a notification was sent, or was not.

These functions are pure: they turn stored rows into sentences. The sentences name rules, times and counts. They never
quote a notification.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from carillon.models.channel import CHANNEL_SPECS, CHANNELS, Channel
from carillon.models.route import Route
from carillon.models.severity import SEVERITIES, Severity
from carillon.models.story import Answers, ChannelAnswer, DeliveryState, InAppAnswer, InAppReason, Story

# All sentences. `off` has the reasons of a channel that sends nothing, `because` the reasons of the others. `left_out`
# has the reasons of the final check for an item. For a skipped delivery, `error_code` has the same reasons.
SENTENCES: Mapping[str, str] = {
    "in_app.shown": "Shown in the app{since}.",
    "in_app.scheduled": "Shown in the app from {send_at} on (scheduled).",
    "in_app.disabled": "Not shown in the app: switched off when it was recorded.",
    "in_app.retracted": "Retracted by the producer at {retracted_at}: the app no longer shows it.",
    "in_app.archived": "You archived it at {archived_at}: the app shows it in the archive.",
    "off.not_configured": "No {thing}: this stack was not set up to send any.",
    **{f"off.{spec.unreachable}": f"No {{thing}}: {spec.unreachable_words}." for spec in CHANNEL_SPECS.values()},
    "off.bounced": "No {thing}: mail to your address had bounced.",
    "off.complained": "No {thing}: mail to your address had been reported as unwanted.",
    "off.disabled": "No {thing}: {whose} {switches} it off.",
    "off.below_severity": "No {thing}: {kinds} stay in the app, by {whose}.",
    "off.expired": "No {thing}: it would have expired before it could leave.",
    "pending.single": "The {thing} leaves at {due}{because}.",
    "pending.digest": "The {thing} waits in a digest {company} and leaves at {due}{because}.",
    "pending.due": "The {thing} is due and about to leave{because}.",
    "pending.operator": "The {thing} waits: an operator holds it back until {held}, if not released before.",
    "pending.sender": "The {thing} waits: what its sender records is held back until {held}, if not released before.",
    "pending.outage": "The {thing} waits: its provider takes none at present, and is asked again every few minutes.",
    "pending.pace": "The {thing} waits its turn: more is due than its provider takes.",
    "pending.retry": "The {thing} could not be sent so far ({attempts}, {code}) and is tried again at {due}.",
    "pending.read": "You have read it: if that stays so, it is left out.",
    "pending.archived": "You have archived it: if that stays so, it is left out.",
    "pending.expired": "It expires before that, and is then left out.",
    "sending": "The {thing} is being sent; the provider has not confirmed it yet.",
    "sent": "Sent at {finished}{together}{because}.",
    "feedback.delivered": "The provider delivered it.",
    "feedback.delayed": "The provider has not got through yet, and goes on trying.",
    "feedback.soft_bounced": "It came back: the mailbox did not take it this time.",
    "feedback.rejected": "The provider did not pass it on: it found something harmful in it.",
    "feedback.bounced": "It bounced: there is no such mailbox, and no more email is sent to that address.",
    "feedback.complained": "It was reported as unwanted, and no more email is sent to that address.",
    "feedback.undelivered": "None of your devices got it.",
    "failed": "Not sent: given up at {finished} after {attempts} ({code}).",
    "failed.again": "An operator can send it again.",
    "skipped": "Not sent ({code}).",
    "unrecorded": "The {thing} was to leave at {due}, but no delivery is stored.",
    **{f"because.severity_{severity}": ", because {kinds} {are_sent}" for severity in SEVERITIES},
    "because.severity_critical": ", because it is critical",
    "because.mandatory": ", because {category} is mandatory and cannot be switched off",
    "because.only_if_unread": ", because it is only sent if you have not read it by then",
    "because.quiet_hours": ", because it waits for the end of your quiet hours",
    "because.rate_limited": ", because more was to leave in one minute than the limit allows",
    "switched_on": "Switched on by {whose}.",
    "left_out.read": "Not sent: you had read it in the app before the {thing} left.",
    "left_out.archived": "Not sent: you had archived it in the app before the {thing} left.",
    "left_out.already_read": "Not sent: you had read or archived it in the app before the {thing} left.",
    "left_out.retracted": "Not sent: the producer retracted it before the {thing} left.",
    "left_out.cancelled": "Not sent: an operator cancelled it before the {thing} left.",
    "left_out.expired": "Not sent: it had expired before the {thing} left.",
    "left_out.not_configured": "Not sent: when the {thing} was due, this stack was not set up to send any.",
    **{
        f"left_out.{spec.unreachable}": f"Not sent: when the {{thing}} was due, {spec.unreachable_words}."
        for spec in CHANNEL_SPECS.values()
    },
    "left_out.bounced": "Not sent: when the {thing} was due, mail to your address had bounced.",
    "left_out.complained": "Not sent: when the {thing} was due, mail to your address had been reported as unwanted.",
    "left_out.disabled": "Not sent: when the {thing} was due, it had been switched off.",
    "left_out.below_severity": "Not sent: when the {thing} was due, {kinds} were to stay in the app.",
}


def explain(story: Story) -> Answers:
    """Return one answer for each channel and one for the app."""
    answers = {channel: explain_channel(story, channel) for channel in CHANNELS}
    return Answers(in_app=explain_in_app(story), **answers)


def explain_in_app(story: Story) -> InAppAnswer:
    """Return whether the app shows the notification, and why."""
    reason = _in_app_reason(story)
    read = f", and read at {_time(story.read_at, story.asked_at)}" if story.read_at else ""
    values = {
        "since": read,
        "send_at": _time(story.send_at, story.asked_at),
        "archived_at": _time(story.archived_at, story.asked_at),
        "retracted_at": _time(story.retracted_at, story.asked_at),
    }
    return InAppAnswer(reason=reason, explanation=SENTENCES[f"in_app.{reason}"].format_map(values))


def explain_channel(story: Story, channel: Channel) -> ChannelAnswer:
    """Return the routing of a channel, the delivery that followed from it, and both in words."""
    route = story.routing.get(channel) or Route(action="off", reason="not_configured")
    delivery = next((each for each in story.deliveries if each.channel == channel), None)
    state = DeliveryState.model_validate(delivery, from_attributes=True) if delivery else None
    values = _values(story, channel, route, state)
    sentences = (SENTENCES[key].format_map(values) for key in _keys(story, route, state))
    return ChannelAnswer(**dict(route), delivery=state, explanation=" ".join(sentences))


def _in_app_reason(story: Story) -> InAppReason:
    if story.retracted_at:
        return "retracted"
    if not story.in_app:
        return "disabled"
    if story.send_at and story.send_at > story.asked_at:
        return "scheduled"
    return "archived" if story.archived_at else "shown"


def _keys(story: Story, route: Route, delivery: DeliveryState | None) -> Iterator[str]:
    """Yield the keys of the sentences of a channel's answer, in their order."""
    if route.action == "off":
        yield _known(f"off.{route.reason}", "skipped")
        return
    if delivery is None:
        yield "unrecorded"
        return
    # A retraction is final, so the answer has its sentence before the final check comes to the same result.
    retracted = "retracted" if story.retracted_at and delivery.status == "pending" else None
    left_out = retracted or delivery.left_out or (delivery.error_code if delivery.status == "skipped" else None)
    if left_out:
        yield _known(f"left_out.{left_out}", "skipped")
        return
    yield _status_key(story, delivery)
    yield from _feedback_keys(delivery)
    if delivery.status in ("pending", "sent") and route.rule and route.reason != "mandatory":
        yield "switched_on"
    if delivery.status == "pending":
        yield from _prospect_keys(story, delivery)
    if delivery.status == "failed" and not story.retracted_at:
        yield "failed.again"


def _status_key(story: Story, delivery: DeliveryState) -> str:
    """Return the key of the sentence about the state of a delivery."""
    if delivery.status != "pending":
        return delivery.status
    if delivery.held_by:
        return f"pending.{delivery.held_by}"
    if delivery.attempts:
        return "pending.retry"
    if delivery.available_at <= story.asked_at:
        return "pending.due"
    return "pending.single" if delivery.digest == "single" else "pending.digest"


def _feedback_keys(delivery: DeliveryState) -> Iterator[str]:
    """Yield the key of the sentence about the provider's feedback, if there is one."""
    key = f"feedback.{delivery.provider_status}"
    if key in SENTENCES:
        yield key


def _prospect_keys(story: Story, delivery: DeliveryState) -> Iterator[str]:
    """Yield the key of the sentence about the coming final check, if that would exclude the notification now."""
    if story.archived_at:
        yield "pending.archived"
    elif story.read_at:
        yield "pending.read"
    elif story.expires_at and story.expires_at <= delivery.available_at:
        yield "pending.expired"


def _values(story: Story, channel: Channel, route: Route, delivery: DeliveryState | None) -> dict[str, str]:
    """Return the values for the placeholders of the sentences."""
    plural = route.rule == "user"  # "your settings"
    values = {
        "thing": CHANNEL_SPECS[channel].noun,
        "kinds": _plural(story.severity),
        "whose": _whose(route.rule),
        "switches": "switch" if plural else "switches",
        "category": (route.rule or "").partition(":")[2] or "its category",
        "are_sent": "are grouped" if route.action == "digest" else "are sent at once",
        "due": _time(route.leaves_at, story.asked_at),
        "code": route.reason,
    }
    values["because"] = SENTENCES.get(f"because.{route.reason}", "").format_map(values)
    if delivery:
        others = delivery.items - 1  # sentences use this number only if this notification is one of the items
        company = f"with {others} other{'s' if others > 1 else ''}"
        values |= {
            "due": _time(delivery.available_at, story.asked_at),
            "finished": _time(delivery.finished_at, story.asked_at),
            "held": _time(delivery.held_until, story.asked_at),
            "attempts": f"{delivery.attempts} attempt{'' if delivery.attempts == 1 else 's'}",
            "code": delivery.error_code or "no reason given",
            "company": company if others else "with no others so far",
            "together": f" together {company}" if others else "",
        }
    return values


def _plural(severity: Severity) -> str:
    """Return the English name of all notifications of a severity."""
    return "warnings" if severity == "warning" else f"{severity} notifications"


def _known(key: str, otherwise: str) -> str:
    """Return the key if it has a sentence. Another version may have stored a reason that this one does not know."""
    return key if key in SENTENCES else otherwise


def _whose(rule: str | None) -> str:
    """Return the English name of a stored rule."""
    if rule is None:  # an older release stored none
        return "a setting"
    by, _, category = rule.partition(":")
    if by == "stack" and category:
        return "the stack's default for people who never chose"
    named = f" for {category}" if category else ""
    if by == "user":
        return f"your rule{named}" if category else "your settings"
    return f"the stack's default{named}"


def _time(moment: datetime | None, now: datetime) -> str:
    """Return a time in UTC, to the minute. It includes the date if that is not today's."""
    if moment is None:
        return "an unknown time"
    moment = moment.astimezone(UTC)
    return f"{moment:%H:%M} UTC" if moment.date() == now.astimezone(UTC).date() else f"{moment:%Y-%m-%d %H:%M} UTC"
