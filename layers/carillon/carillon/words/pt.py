"""Portuguese, as in Brazil."""

from carillon.words.types import MessageTexts, PageTexts, SeverityWords, Words

WORDS = Words(
    direction="ltr",
    messages=MessageTexts(
        plural=lambda count: int(count > 1),
        thousands=".",
        comma=", ",
        colon=":",
        severities={
            "critical": SeverityWords(label="Crítico", bell="Crítico", tally=("{count} crítica", "{count} críticas")),
            "warning": SeverityWords(label="Aviso", bell="Aviso", tally=("{count} aviso", "{count} avisos")),
            "success": SeverityWords(label="Sucesso", bell="Sucesso", tally=("{count} sucesso", "{count} sucessos")),
            "info": SeverityWords(
                label="Informação", bell="Info", tally=("{count} informativa", "{count} informativas")
            ),
        },
        more=("e mais {count}", "e mais {count}"),
        heading=("{count} notificação", "{count} notificações"),
        subject="{heading}: {headline}",
        details="Os detalhes estão em {app}.",
        open_one="Abrir em {app}",
        open_all="Ver tudo em {app}",
        reason="Você recebe este e-mail porque as notificações por e-mail estão ativadas em {app}.",
        unsubscribe="Parar de receber estes e-mails",
        mandatory="Você recebe este e-mail porque os responsáveis por {app} decidiram que ninguém deve perder este tipo"
        " de notificação. Ele não pode ser desativado.",
        mandatory_too="Algumas destas notificações continuarão chegando a você: os responsáveis por {app} decidiram que"
        " ninguém deve perdê-las.",
    ),
    pages=PageTexts(
        ask="Parar de receber e-mails",
        about="{app} envia a você e-mails sobre:",
        about_all="{app} envia a você e-mails sobre suas notificações.",
        stop="Parar de receber estes e-mails",
        stop_all="Parar de receber todos os e-mails",
        done="Você não receberá mais estes e-mails",
        done_about="A partir de agora, não haverá e-mails de {app} sobre:",
        done_all="A partir de agora, não haverá e-mails de {app} que possam ser desativados.",
        again="Ativar de novo",
        again_done="Você voltou a receber estes e-mails",
        again_all="{app} envia e-mails a você como antes.",
        nothing="Nada foi alterado",
        nothing_said="O pedido não dizia o que parar. Escolha, por favor:",
        mandatory="Estes e-mails não podem ser desativados",
        mandatory_said="{app} precisa informar você sobre isto. Nada foi alterado.",
        still="O que {app} precisa comunicar a você continua chegando por e-mail: {what}.",
        settings="Escolher nas configurações sobre o que {app} informa você, e como",
        failed={
            "invalid": (
                "Este link não funciona",
                "Ele está incompleto ou não é mais válido. Nada foi alterado. Use o link de um e-mail mais recente.",
            ),
            "expired": (
                "Este link expirou",
                "Nada foi alterado. Use o link de um e-mail mais recente.",
            ),
            "unavailable": (
                "Isto não funciona no momento",
                "Talvez não tenha sido feito. Tente de novo em um minuto.",
            ),
        },
    ),
    email_help={
        "bounced": "Os e-mails para este endereço voltaram, por isso nenhum outro é enviado. Informe outro endereço, ou"
        " fale com o suporte se ele voltar a funcionar.",
        "complained": "Um e-mail para este endereço foi marcado como spam, por isso nenhum outro é enviado. Informe"
        " outro endereço, ou peça ao suporte para voltar a enviar.",
    },
)
