"""The pictures of sample emails in docs/email.md, taken with Chromium, and a preview of the samples.

    python -m tests.support.pictures                     takes the pictures in docs/pictures again
    python -m tests.support.pictures --preview FOLDER    writes HTML and text in each language (APP_NAME, APP_URL)

Each picture contains the hash of its HTML, so that a test fails when the picture is out of date.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from carillon.channels.rendering import RenderedEmail, render_email
from carillon.models.delivery import ClaimedDelivery, DeliveryItem
from carillon.models.language import LANGUAGES
from carillon.models.severity import Severity
from carillon.settings.groups import ChannelSettings
from tests.support.paths import ROOT

PICTURES = ROOT / "docs" / "pictures"
SCHEMES = {"light": 1, "dark": 0}  # the values of Chromium's preferredColorScheme
PIXEL_RATIO, WIDTH, HEIGHT = 2, 720, 1600  # the empty end of the height is cut off
COLOURS = 128  # enough except for the edges of letters; a third of the file size
UNSUBSCRIBE_URL = "https://notifications.acme.example/unsubscribe/token"

Sample = tuple[Severity, str, dict[str, str]]  # with its path, and its title in English and other languages
SINGLE: list[Sample] = [("critical", "/billing/invoices/118", {"en": "Payment failed", "fr": "Paiement refusé"})]
DIGEST: list[Sample] = [
    (
        "critical", "/settings/members",
        {"en": "You are now an administrator", "fr": "Vous avez désormais les droits d\u2019administration"},
    ),
    (
        "warning", "/integrations/crm",
        {"en": "The CRM import stopped at row 118", "fr": "L\u2019import du CRM s\u2019est arrêté à la ligne 118"},
    ),
    (
        "warning", "/articles/42/check",
        {"en": "Three images have no description", "fr": "Trois images n\u2019ont pas de description"},
    ),
    ("success", "/reports/7", {"en": "Your report is ready", "fr": "Votre rapport est prêt"}),
    (
        "info", "/documents/3",
        {"en": "Carol asked you to review the launch plan", "fr": "Carol vous demande de relire le plan de lancement"},
    ),
    (
        "info", "/threads/q3",
        {"en": "10 comments in the thread on the Q3 plan", "fr": "10 commentaires dans le fil sur le plan du T3"},
    ),
]  # fmt: skip


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.pictures")
    parser.add_argument("--preview", type=Path, metavar="FOLDER", help="write HTML and text there, and take no picture")
    folder: Path | None = parser.parse_args(arguments).preview
    if folder is not None:
        preview(folder, ChannelSettings.load(environment))
        return 0
    chromium = find_chromium(environment)
    if chromium is None:
        print("Taking pictures needs Chromium: on PATH, or CARILLON_CHROMIUM=/path/to/it", file=sys.stderr)
        return 1
    for form, email in samples().items():
        for scheme in SCHEMES:
            photograph(chromium, email, scheme, PICTURES / f"email-{form}-{scheme}.png")
    return 0


def samples(settings: ChannelSettings | None = None, locale: str = "en") -> dict[str, RenderedEmail]:
    """Return the sample emails by name: `single` and `digest`."""
    acme = ChannelSettings(email_from="no-reply@acme.example", app_url="https://app.acme.example", app_name="Acme")
    return {
        form: render_email(_delivery(shown, locale), settings or acme, UNSUBSCRIBE_URL)
        for form, shown in (("single", SINGLE), ("digest", DIGEST))
    }


def preview(folder: Path, settings: ChannelSettings) -> None:
    """Write the samples into a folder, in every language, and print their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for locale in sorted(LANGUAGES):
        for form, email in samples(settings, locale).items():
            for suffix, text in ((".html", email.html), (".txt", f"Subject: {email.subject}\n\n{email.text}")):
                path = folder / f"{form}-{locale}{suffix}"
                path.write_text(text, "utf-8")
                print(path)


def fingerprint(email: RenderedEmail) -> str:
    """Return the hash of the HTML, which the picture contains."""
    return hashlib.sha256(email.html.encode()).hexdigest()


def find_chromium(environment: Mapping[str, str]) -> str | None:
    """Return the path of the browser: `CARILLON_CHROMIUM`, or the first that is installed."""
    names = [environment.get("CARILLON_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if name and (found := shutil.which(name))), None)


def photograph(chromium: str, email: RenderedEmail, scheme: str, path: Path) -> None:
    """Take the picture of an email in one colour scheme."""
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder, "email.html"), Path(folder, "shot.png")
        page.write_text(email.html, "utf-8")
        command = [
            chromium, "--headless=new", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile",
            f"--force-device-scale-factor={PIXEL_RATIO}", f"--window-size={WIDTH},{HEIGHT}",
            f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", f"--screenshot={shot}", page.as_uri(),
        ]  # fmt: skip
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium's sandbox does not run as root
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        with Image.open(shot) as taken:
            cut = without_empty_end(taken.convert("RGB"))
    metadata = PngInfo()
    metadata.add_text("html", fingerprint(email))
    path.parent.mkdir(parents=True, exist_ok=True)
    cut.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True, pnginfo=metadata)
    print(path)


def without_empty_end(picture: Image.Image, margin: int = 48 * PIXEL_RATIO) -> Image.Image:
    """Cut off the empty end of a picture, except for a margin."""
    background = Image.new("RGB", picture.size, picture.getpixel((0, picture.height - 1)))
    box = ImageChops.difference(picture, background).getbbox()
    return picture.crop((0, 0, picture.width, min(picture.height, box[3] + margin))) if box else picture


def _delivery(shown: list[Sample], locale: str) -> ClaimedDelivery:
    items = [
        DeliveryItem(
            notification_id=UUID(int=(0x0199C1F0 << 96) + number), event_name="sample",
            title=titles.get(locale, titles["en"]), severity=severity, target_url=path,
        )
        for number, (severity, path, titles) in enumerate(shown, 1)
    ]  # fmt: skip
    return ClaimedDelivery(
        delivery_id=UUID(int=0), user_id="alice", claim_no=1, attempts=1, max_attempts=5,
        channel="email", locale=locale, items=items, item_count=len(items),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
