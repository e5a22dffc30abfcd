"""German, with the formal address."""

from carillon.words.types import MessageTexts, PageTexts, SeverityWords, Words

WORDS = Words(
    direction="ltr",
    messages=MessageTexts(
        plural=lambda count: int(count != 1),
        thousands=".",
        comma=", ",
        colon=":",
        severities={
            "critical": SeverityWords(
                label="Kritisch", bell="Kritisch", tally=("{count} kritische", "{count} kritische")
            ),
            "warning": SeverityWords(label="Warnung", bell="Warnung", tally=("{count} Warnung", "{count} Warnungen")),
            "success": SeverityWords(
                label="Erfolg", bell="Erfolg", tally=("{count} Erfolgsmeldung", "{count} Erfolgsmeldungen")
            ),
            "info": SeverityWords(label="Information", bell="Info", tally=("{count} Hinweis", "{count} Hinweise")),
        },
        more=("und {count} weitere", "und {count} weitere"),
        heading=("{count} Mitteilung", "{count} Mitteilungen"),
        subject="{heading}: {headline}",
        details="Einzelheiten finden Sie in {app}.",
        open_one="In {app} öffnen",
        open_all="Alle in {app} ansehen",
        reason="Sie erhalten diese E-Mail, weil E-Mail-Benachrichtigungen in {app} eingeschaltet sind.",
        unsubscribe="Diese E-Mails abbestellen",
        mandatory="Sie erhalten diese E-Mail, weil die Verantwortlichen von {app} festgelegt haben, dass niemand diese"
        " Art von Mitteilung verpassen darf. Sie lässt sich nicht abschalten.",
        mandatory_too="Einige dieser Mitteilungen erreichen Sie weiterhin: Die Verantwortlichen von {app} haben"
        " festgelegt, dass niemand sie verpassen darf.",
    ),
    pages=PageTexts(
        ask="E-Mails abbestellen",
        about="{app} schickt Ihnen E-Mails zu:",
        about_all="{app} schickt Ihnen E-Mails zu seinen Mitteilungen.",
        stop="Diese E-Mails abbestellen",
        stop_all="Alle E-Mails abbestellen",
        done="Die E-Mails sind abbestellt",
        done_about="Ab jetzt kommen keine E-Mails von {app} mehr zu:",
        done_all="Ab jetzt kommen von {app} keine E-Mails mehr, die sich abschalten lassen.",
        again="Wieder einschalten",
        again_done="Sie erhalten diese E-Mails wieder",
        again_all="{app} schickt Ihnen wieder E-Mails wie zuvor.",
        nothing="Es wurde nichts geändert",
        nothing_said="Die Anfrage nannte nicht, was abbestellt werden soll. Bitte wählen Sie:",
        mandatory="Diese E-Mails lassen sich nicht abschalten",
        mandatory_said="{app} muss Sie darüber informieren. Es wurde nichts geändert.",
        still="Worüber {app} Sie informieren muss, kommt weiterhin per E-Mail: {what}.",
        settings="In den Einstellungen wählen, worüber und wie {app} Sie informiert",
        failed={
            "invalid": (
                "Dieser Link funktioniert nicht",
                "Er ist unvollständig oder nicht mehr gültig. Nichts wurde geändert. Nehmen Sie einen neueren.",
            ),
            "expired": (
                "Dieser Link ist abgelaufen",
                "Es wurde nichts geändert. Bitte nehmen Sie den Link aus einer neueren E-Mail.",
            ),
            "unavailable": (
                "Das geht im Moment nicht",
                "Vielleicht wurde nichts geändert. Bitte versuchen Sie es in einer Minute noch einmal.",
            ),
        },
    ),
    email_help={
        "bounced": "E-Mails an diese Adresse kamen zurück, deshalb wird keine mehr gesendet. Geben Sie eine andere"
        " Adresse an, oder wenden Sie sich an den Support, wenn die Adresse wieder funktioniert.",
        "complained": "Eine E-Mail an diese Adresse wurde als Spam gemeldet, deshalb wird keine mehr gesendet. Geben"
        " Sie eine andere Adresse an, oder bitten Sie den Support, wieder an sie zu senden.",
    },
)
