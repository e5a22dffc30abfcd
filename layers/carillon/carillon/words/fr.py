"""French. A no-break space stands before a colon, and a narrow one between thousands."""

from carillon.words.types import MessageTexts, PageTexts, SeverityWords, Words

WORDS = Words(
    direction="ltr",
    messages=MessageTexts(
        plural=lambda count: int(count > 1),
        thousands="\u202f",
        comma=", ",
        colon="\u00a0:",
        severities={
            "critical": SeverityWords(
                label="Critique", bell="Critique", tally=("{count} critique", "{count} critiques")
            ),
            "warning": SeverityWords(
                label="Avertissement", bell="Avertissement", tally=("{count} avertissement", "{count} avertissements")
            ),
            "success": SeverityWords(label="Succès", bell="Succès", tally=("{count} succès", "{count} succès")),
            "info": SeverityWords(
                label="Information", bell="Info", tally=("{count} information", "{count} informations")
            ),
        },
        more=("et {count} autre", "et {count} autres"),
        heading=("{count} notification", "{count} notifications"),
        subject="{heading}\u00a0: {headline}",
        details="Les détails sont dans {app}.",
        open_one="Ouvrir dans {app}",
        open_all="Tout voir dans {app}",
        reason="Vous recevez cet e-mail parce que les notifications par e-mail sont activées dans {app}.",
        unsubscribe="Se désabonner de ces e-mails",
        mandatory="Vous recevez cet e-mail parce que les responsables de l’application {app} ont décidé que personne"
        " ne doit manquer ce type de notification. Il ne peut pas être désactivé.",
        mandatory_too="Certaines de ces notifications vous parviendront quand même\u00a0: les responsables de"
        " l’application {app} ont décidé que personne ne doit les manquer.",
    ),
    pages=PageTexts(
        ask="Se désabonner",
        about="{app} vous envoie des e-mails sur\u00a0:",
        about_all="{app} vous envoie des e-mails sur ses notifications.",
        stop="Ne plus recevoir ces e-mails",
        stop_all="Ne plus recevoir aucun e-mail",
        done="Désabonnement effectué",
        done_about="Désormais, plus d’e-mails de {app} sur\u00a0:",
        done_all="Désormais, plus d’e-mails de {app} qui puissent être désactivés.",
        again="Réactiver ces e-mails",
        again_done="Vous recevez de nouveau ces e-mails",
        again_all="{app} vous envoie des e-mails comme auparavant.",
        nothing="Rien n’a été modifié",
        nothing_said="La demande ne disait pas quoi arrêter. Veuillez choisir\u00a0:",
        mandatory="Ces e-mails ne peuvent pas être désactivés",
        mandatory_said="{app} doit vous en informer. Rien n’a été modifié.",
        still="Ce dont {app} doit vous informer arrive toujours par e-mail\u00a0: {what}.",
        settings="Choisir ce que {app} vous dit, et comment, dans ses réglages",
        failed={
            "invalid": (
                "Ce lien ne fonctionne pas",
                "Il n’est pas complet, ou plus valable. Rien n’a été modifié. Prenez celui d’un e-mail plus récent.",
            ),
            "expired": (
                "Ce lien a expiré",
                "Rien n’a été modifié. Veuillez utiliser le lien d’un e-mail plus récent.",
            ),
            "unavailable": (
                "Cela ne fonctionne pas pour le moment",
                "Ce n’est peut-être pas fait. Veuillez réessayer dans une minute.",
            ),
        },
    ),
    email_help={
        "bounced": "Les e-mails envoyés à cette adresse sont revenus\u00a0: rien de plus n’y est envoyé. Indiquez"
        " une autre adresse, ou contactez l’assistance si elle fonctionne à nouveau.",
        "complained": "Un e-mail envoyé à cette adresse a été signalé comme indésirable\u00a0: rien de plus n’y est"
        " envoyé. Indiquez une autre adresse, ou contactez l’assistance.",
    },
)
