"""Spanish, with the formal address."""

from carillon.words.types import MessageTexts, PageTexts, SeverityWords, Words

WORDS = Words(
    direction="ltr",
    messages=MessageTexts(
        plural=lambda count: int(count != 1),
        thousands="\u00a0",  # the Real Academia: a space, and neither a point nor a comma
        comma=", ",
        colon=":",
        severities={
            "critical": SeverityWords(label="Crítico", bell="Crítico", tally=("{count} crítica", "{count} críticas")),
            "warning": SeverityWords(
                label="Advertencia", bell="Advertencia", tally=("{count} advertencia", "{count} advertencias")
            ),
            "success": SeverityWords(label="Éxito", bell="Éxito", tally=("{count} éxito", "{count} éxitos")),
            "info": SeverityWords(
                label="Información", bell="Info", tally=("{count} informativa", "{count} informativas")
            ),
        },
        more=("y {count} más", "y {count} más"),
        heading=("{count} notificación", "{count} notificaciones"),
        subject="{heading}: {headline}",
        details="Los detalles están en {app}.",
        open_one="Abrir en {app}",
        open_all="Ver todo en {app}",
        reason="Recibe este correo porque las notificaciones por correo están activadas en {app}.",
        unsubscribe="Dejar de recibir estos correos",
        mandatory="Recibe este correo porque los responsables de {app} han decidido que nadie debe perderse este tipo"
        " de notificación. No se puede desactivar.",
        mandatory_too="Algunas de estas notificaciones le seguirán llegando: los responsables de {app} han decidido que"
        " nadie debe perdérselas.",
    ),
    pages=PageTexts(
        ask="Dejar de recibir correos",
        about="{app} le envía correos sobre:",
        about_all="{app} le envía correos sobre sus notificaciones.",
        stop="Dejar de recibir estos correos",
        stop_all="Dejar de recibir todos los correos",
        done="Ya no recibirá estos correos",
        done_about="A partir de ahora no habrá correos de {app} sobre:",
        done_all="A partir de ahora no habrá correos de {app} que se puedan desactivar.",
        again="Activarlos de nuevo",
        again_done="Vuelve a recibir estos correos",
        again_all="{app} le envía correos como antes.",
        nothing="No se ha cambiado nada",
        nothing_said="La solicitud no indicaba qué detener. Elija, por favor:",
        mandatory="Estos correos no se pueden desactivar",
        mandatory_said="{app} tiene que informarle de esto. No se ha cambiado nada.",
        still="Lo que {app} tiene que comunicarle sigue llegando por correo: {what}.",
        settings="Elegir en los ajustes de qué le informa {app}, y cómo",
        failed={
            "invalid": (
                "Este enlace no funciona",
                "Está incompleto o ya no es válido. No se ha cambiado nada. Use el enlace de un correo más reciente.",
            ),
            "expired": (
                "Este enlace ha caducado",
                "No se ha cambiado nada. Use el enlace de un correo más reciente.",
            ),
            "unavailable": (
                "Ahora mismo no es posible",
                "Puede que no se haya hecho. Inténtelo de nuevo dentro de un minuto.",
            ),
        },
    ),
    email_help={
        "bounced": "Los correos enviados a esta dirección fueron devueltos, así que ya no se envía ninguno. Indique"
        " otra dirección, o contacte con soporte si vuelve a funcionar.",
        "complained": "Un correo enviado a esta dirección se marcó como no deseado, así que ya no se envía ninguno."
        " Indique otra dirección, o pida a soporte que se le vuelva a enviar.",
    },
)
