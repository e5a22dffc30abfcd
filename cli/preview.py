"""The command `carillon preview`: a template of notifications as people would see it. It needs no stack."""

import json
import os
import webbrowser
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated, Any, cast
from uuid import UUID

import typer

from cli.deploy.folder import find_folder
from cli.formats import table
from cli.session import CannotWrite, Session, command

app = typer.Typer()

_UNSUBSCRIBE = "https://api.example.com/unsubscribe/token"
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; margin: 32px auto; max-width: 760px; color-scheme: light dark }
section { margin: 0 0 48px } dt { margin: 16px 0 4px; opacity: .7 } dd { margin: 0; white-space: pre-line }
iframe { width: 100%; height: 640px; border: 1px solid #8888; border-radius: 8px }"""


@dataclass(frozen=True, slots=True)
class Preview:
    """A template in one language, with the email and the push that its notification would make."""

    language: str
    direction: str
    title: str
    summary: str | None
    body: str | None
    push: dict[str, str]
    email: dict[str, str]


@command(app, "preview")
def preview(
    session: Session,
    template: Annotated[str | None, typer.Argument(help="NAME or NAME@VERSION; without it, the list of all.")] = None,
    language: Annotated[str | None, typer.Option(help="Only this language, such as fr.")] = None,
    variables: Annotated[Path | None, typer.Option(help="A JSON file with values; without it, the samples.")] = None,
    app_name: Annotated[str, typer.Option(help="The name of the application, in the email and the push.")] = "Acme",
    folder: Annotated[
        Path | None,
        typer.Option(help="The templates; without it, the team's or the checkout's."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write a page with the emails as they are sent.")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open that page in the browser.")] = False,
) -> None:
    """How will a template look? Checks it, and shows its texts, its email and its push in each language.

    It needs no stack. Exits with 2 if the template or a value is wrong, and names the language and the line.
    Example: carillon preview invoice_overdue --language fr --open
    """
    # Imported at the first use: no other command needs Jinja and Babel.
    from carillon.templates import SHIPPED_TEMPLATES
    from carillon.templates.store import find_template, list_templates, read_template

    own = find_folder()
    place = folder or (own / "templates" if own else SHIPPED_TEMPLATES)
    try:
        if template is None:
            listed = [(name, read_template(path).description) for name, path in list_templates(place)]
            names = [{"name": name, "description": description} for name, description in listed]
            session.show({"templates": names}, table(("template", "description"), listed))
            return
        found = find_template(place, template)
        found.check()
        samples = {name: variable.sample for name, variable in found.variables.items()}
        said = found.render(samples if variables is None else _read(variables))
    except ValueError as error:
        raise typer.BadParameter(f"{template or place}: {error}") from None
    previews = [_preview(each, app_name) for each in said if language in (None, each.language)]
    if not previews:
        raise typer.BadParameter(f"{template} has no texts in {language}, only in {', '.join(found.texts)}.")
    if out is not None or open_page:
        path = _write(out, _page(template, previews))
        if open_page:
            webbrowser.open(path.resolve().as_uri())
        session.show({"written": str(path)}, f"Written: {path}")
        return
    session.show(
        {"previews": [asdict(each) for each in previews]}, *(line for each in previews for line in _lines(each))
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        values: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{path}: {error}") from None
    if not isinstance(values, dict):
        raise typer.BadParameter(f"{path}: must be a JSON object with the variables")
    return cast("dict[str, Any]", values)


def _preview(said: Any, app_name: str) -> Preview:
    from carillon.channels.rendering import render_email, render_push
    from carillon.models.channel import Channel
    from carillon.models.delivery import ClaimedDelivery, DeliveryItem
    from carillon.settings.groups import ChannelSettings
    from carillon.words import WORDS, language_of

    settings = ChannelSettings(
        email_from="no-reply@example.com",
        app_name=app_name,
        app_url="https://app.example.com",
        categories_file=Path(os.devnull),  # no category changes the looks, and the wheel has no file of them
    )
    channel_texts: dict[str, str] = said.channel_texts or {}

    def delivery(channel: Channel) -> ClaimedDelivery:
        item = DeliveryItem(
            notification_id=UUID(int=0), event_name="preview", title=said.title, summary=said.summary, severity="info",
            channel_text=channel_texts.get(channel),
        )  # fmt: skip
        return ClaimedDelivery(
            delivery_id=UUID(int=0), user_id="", claim_no=1, attempts=1, max_attempts=1, channel=channel,
            locale=said.language, items=[item], item_count=1,
        )  # fmt: skip

    email = render_email(delivery("email"), settings, _UNSUBSCRIBE)
    push = render_push(delivery("push"), settings)
    return Preview(
        language=said.language,
        direction=WORDS[language_of(said.language)].direction,
        title=said.title,
        summary=said.summary,
        body=said.body,
        push={"title": push.title, "body": push.body},
        email={"subject": email.subject, "text": email.text, "html": email.html},
    )


def _lines(shown: Preview) -> list[str]:
    return [
        f"{shown.language}",
        f"  title    {shown.title}",
        *([f"  summary  {shown.summary}"] if shown.summary else []),
        *(f"  {'' if number else 'body':<8} {line}" for number, line in enumerate((shown.body or "").splitlines())),
        f"  push     {shown.push['title']}: {shown.push['body']}",
        f"  email    {shown.email['subject']}",
        *(f"           {line}".rstrip() for line in shown.email["text"].splitlines()),
        "",
    ]


def _page(template: str, previews: list[Preview]) -> str:
    """Return an HTML page. Each email is in a frame of its own, with the styles that a mail client would see."""
    sections = "\n".join(
        f'<section lang="{escape(each.language)}" dir="{each.direction}"><h2>{escape(each.language)}</h2><dl>'
        + "".join(
            f"<dt>{name}</dt><dd>{escape(text)}</dd>"
            for name, text in (
                ("title", each.title),
                ("summary", each.summary),
                ("body", each.body),
                ("push", f"{each.push['title']}\n{each.push['body']}"),
                ("email", each.email["subject"]),
            )
            if text
        )
        + f'</dl><iframe sandbox title="email" srcdoc="{escape(each.email["html"])}"></iframe></section>'
        for each in previews
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(template)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(template)}</h1>\n{sections}\n</body></html>\n"
    )


def _write(out: Path | None, page: str) -> Path:
    try:
        path = out or Path(mkstemp(prefix="carillon-preview-", suffix=".html")[1])
        path.write_text(page, "utf-8")
    except OSError as error:
        raise CannotWrite(f"{out}: {error.strerror}") from None
    return path
