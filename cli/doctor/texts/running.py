"""The texts about what runs, and who watches it."""

from cli.doctor.kinds import Kind, Level

KINDS = (
    Kind(
        "event_source_off", Level.PROBLEM,
        "The event source of `{function}` is {state}.",
        "No function reads its queue: deliveries, feedback or hints wait there and expire.",
        "`aws lambda list-event-source-mappings` names it, `aws lambda update-event-source-mapping --uuid … --enabled`"
        " switches it on. `sam deploy` creates a missing one.",
    ),
    Kind(
        "event_source_changing", Level.WARNING,
        "The event source of `{function}` is {state}.",
        "Until it is enabled, its queue waits.",
        "`carillon doctor` again in a minute.",
    ),
    Kind(
        "event_source_failing", Level.PROBLEM,
        "The last batch of `{function}` ended with: {result}.",
        "Lambda could not read the queue or invoke the function.",
        "Check the role of `{function}`: `sam deploy`, or undo what was changed by hand.",
    ),
    Kind(
        "reaper_silent", Level.PROBLEM,
        "The reaper has published no gauge for {minutes} minutes.",
        "Stuck deliveries are not repaired, and due ones are not dispatched again.",
        "docs/operations.md#silent-reaper; the log of `reaper` says why. In a new stack, wait five minutes.",
    ),
    Kind(
        "reaper_late", Level.WARNING,
        "The reaper published its gauges {minutes} minutes ago; it runs every minute.",
        "Metrics of CloudWatch may be late by some minutes. If it grows, the reaper fails.",
        "`carillon doctor` again; docs/operations.md#silent-reaper.",
    ),
    Kind(
        "dead_letters", Level.WARNING,
        "The dead-letter queue of deliveries has {count} messages.",
        "These deliveries used up their attempts.",
        "`carillon dlq ls` names the reasons, and `carillon dlq replay` sends them again.",
    ),
    Kind(
        "dead_events", Level.WARNING,
        "The dead-letter queue of provider events has {count} messages.",
        "Feedback of SES or SNS could not be recorded, so bounces may be missing.",
        "docs/operations.md#lost-events.",
    ),
    Kind(
        "logs_missing", Level.WARNING,
        "The log groups of the stack do not exist.",
        "Without them, no one can find out why something failed.",
        "`sam deploy` creates them again.",
    ),
    Kind(
        "logs_for_ever", Level.WARNING,
        "The log group {name} keeps its lines for ever.",
        "It costs more each month, and keeps ids of people longer than promised.",
        "`aws logs put-retention-policy --log-group-name {name} --retention-in-days 30`.",
    ),
    Kind(
        "alarms_missing", Level.WARNING,
        "The alarms of the stack do not exist.",
        "No person hears of a failure.",
        "`sam deploy` creates them again.",
    ),
    Kind(
        "alarm_on", Level.PROBLEM,
        "The alarm {name} is on.",
        "Its description names the section of docs/operations.md that says what it means.",
        "docs/operations.md#alarms, then `carillon stats`.",
    ),
    Kind(
        "alarm_muted", Level.WARNING,
        "The alarm {name} has its actions switched off.",
        "It tells no one when it goes off.",
        "`aws cloudwatch enable-alarm-actions --alarm-names {name}`.",
    ),
    Kind(
        "listener_missing", Level.WARNING,
        "No one is subscribed to the alarms.",
        "No person hears when deliveries fail.",
        "Deploy with `AlarmEmail=…`, or `aws sns subscribe --topic-arn … --protocol email --notification-endpoint …`.",
    ),
    Kind(
        "listener_unconfirmed", Level.WARNING,
        "The subscription to the alarms is not confirmed.",
        "AWS sends alarms only to those who followed the link in its email.",
        "Follow the link. If it has expired after three days, `aws sns subscribe` sends a new one.",
    ),
)  # fmt: skip
