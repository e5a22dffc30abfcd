"""English."""

from carillon.words.types import MessageTexts, PageTexts, SeverityWords, Words

WORDS = Words(
    direction="ltr",
    messages=MessageTexts(
        plural=lambda count: int(count != 1),
        thousands=",",
        comma=", ",
        colon=":",
        severities={
            "critical": SeverityWords(
                label="Critical", bell="Critical", tally=("{count} critical", "{count} critical")
            ),
            "warning": SeverityWords(label="Warning", bell="Warning", tally=("{count} warning", "{count} warnings")),
            "success": SeverityWords(label="Success", bell="Success", tally=("{count} success", "{count} successes")),
            "info": SeverityWords(
                label="Information", bell="Info", tally=("{count} for information", "{count} for information")
            ),
        },
        more=("and {count} more", "and {count} more"),
        heading=("{count} update", "{count} updates"),
        subject="{heading}: {headline}",
        details="The details are in {app}.",
        open_one="Open in {app}",
        open_all="See all in {app}",
        reason="You receive this email because email notifications are on in {app}.",
        unsubscribe="Unsubscribe from these emails",
        mandatory="You receive this email because those who run {app} decided that nobody may miss this kind of"
        " notification. It cannot be switched off.",
        mandatory_too="Some of these notifications will still reach you: those who run {app} decided that nobody may"
        " miss them.",
    ),
    pages=PageTexts(
        ask="Unsubscribe",
        about="{app} sends you emails about:",
        about_all="{app} sends you emails about its notifications.",
        stop="Stop these emails",
        stop_all="Stop all emails",
        done="You are unsubscribed",
        done_about="From now on there are no emails from {app} about:",
        done_all="From now on there are no emails from {app} that can be switched off.",
        again="Switch it on again",
        again_done="You get these emails again",
        again_all="{app} sends you emails as it did before.",
        nothing="Nothing was changed",
        nothing_said="The request did not say what to stop. Please choose:",
        mandatory="These emails cannot be switched off",
        mandatory_said="{app} has to tell you about this. Nothing was changed.",
        still="What {app} has to tell you still comes by email: {what}.",
        settings="Choose what {app} tells you, and how, in its settings",
        failed={
            "invalid": (
                "This link does not work",
                "It is incomplete, or no longer good. Nothing was changed. Please use the link in a newer email.",
            ),
            "expired": (
                "This link has expired",
                "Nothing was changed. Please use the link in a newer email.",
            ),
            "unavailable": (
                "This does not work just now",
                "It may not have been done. Please try again in a minute.",
            ),
        },
    ),
    email_help={
        "bounced": "Email to this address came back, so no more is sent to it. Give another address, or ask support"
        " if it works again.",
        "complained": "Email to this address was reported as spam, so no more is sent to it. Give another address, or"
        " ask support to send to it again.",
    },
)
