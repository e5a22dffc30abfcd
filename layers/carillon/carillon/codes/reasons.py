"""The reasons of routing, of the final check and of waiting, and the words of the providers' feedback."""

from carillon.codes.code import Code
from carillon.models.channel import CHANNEL_SPECS
from carillon.models.severity import SEVERITIES

_SETTINGS = "Do nothing: the person decides. `carillon user USER` shows their settings."
_ADDRESS = "`carillon unsuppress USER`, once you know that the address works and the person wants the email."
_FINAL = "Do nothing."


def _reason(name: str, cause: str, remedy: str) -> Code:
    return Code(name, "reason", cause, remedy)


REASONS = (
    _reason("not_configured", "The stack has no sender, or no platform application.", "Set the channel up."),
    *(
        _reason(spec.unreachable, spec.unreachable_cause, spec.unreachable_remedy)
        for spec in {spec.unreachable: spec for spec in CHANNEL_SPECS.values()}.values()
    ),
    _reason("bounced", "Email to the address came back for good, so Carillon sends none.", _ADDRESS),
    _reason("complained", "The person reported an email as unwanted, so Carillon sends none.", _ADDRESS),
    _reason("disabled", "A switch or rule of the person or of the stack is off; `rule` names it.", _SETTINGS),
    _reason(
        "below_severity",
        "The notification is less urgent than the minimum severity of the rule.",
        "Record it with a higher severity, or lower the minimum for its category.",
    ),
    _reason("expired", "`expires_at` came before the message could be sent.", "Let it expire later."),
    *(
        _reason(
            f"severity_{severity}",
            f"The severity is `{severity}`: the rule sends it at once, or collects it in a digest.",
            _SETTINGS,
        )
        for severity in SEVERITIES
    ),
    _reason("mandatory", "The operator declared the category as mandatory on this channel.", "See `categories.toml`."),
    _reason("only_if_unread", "The category waits, and sends only what is still unread.", "See `categories.toml`."),
    _reason("quiet_hours", "It waits for the end of the person's quiet hours.", _SETTINGS),
    _reason(
        "rate_limited",
        "More was due in one minute than the limit allows: it is in the overflow digest.",
        "Do nothing, or let the producer record less.",
    ),
    _reason("read", "The person had read the notification in the app.", _FINAL),
    _reason("archived", "The person had archived the notification in the app.", _FINAL),
    _reason("already_read", "The person had read or archived each notification of the delivery.", _FINAL),
    _reason("retracted", "The producer retracted the notification.", _FINAL),
    _reason("cancelled", "An operator cancelled it: `carillon log` says who.", "It cannot be undone. Record it again."),
    _reason("operator", "An operator's pause holds the delivery.", "`carillon pauses`, then `carillon resume`."),
    _reason(
        "sender",
        "Too much email of the producer bounces or is reported as unwanted, so it is paused.",
        "`carillon reputation`. Let the producer fix its addresses, then `carillon resume --producer`.",
    ),
    _reason("outage", "The provider does not answer: the circuit breaker is open.", "Wait: see `carillon pauses`."),
    _reason("pace", "More is due than the provider takes a second.", "Wait, or ask AWS for a higher rate."),
)


def _feedback(name: str, cause: str, remedy: str = _FINAL) -> Code:
    return Code(name, "feedback", cause, remedy)


FEEDBACK = (
    _feedback("accepted", "The provider accepted the message."),
    _feedback("delayed", "The provider could not deliver the message yet, and tries again."),
    _feedback("delivered", "The provider delivered the message."),
    _feedback("soft_bounced", "The mailbox did not take the email this time.", "Do nothing, unless it repeats."),
    _feedback("rejected", "SES found something harmful in the email.", "Find out what the producer put into it."),
    _feedback("bounced", "There is no such mailbox.", _ADDRESS),
    _feedback("complained", "The person reported the email as unwanted.", _ADDRESS),
    _feedback("undelivered", "No device of the person got the push.", "Let the application register the device again."),
)
