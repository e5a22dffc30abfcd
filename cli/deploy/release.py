"""The sources of this release, and the folder that `sam build` gets: the sources with the team's files in them."""

import shutil
from importlib.metadata import version
from pathlib import Path

from cli.deploy.folder import FILE, REQUIREMENTS, Folder, WrongFolder

_SHIPPED = Path(__file__).with_name("sources")  # pyproject.toml puts them there when it builds the wheel
_CHECKOUT = Path(__file__).resolve().parents[2]
# The files that a build needs besides the package carillon. pyproject.toml has the same list.
FILES = ("template.yaml", "functions", "layers/carillon/Makefile", "layers/carillon/requirements.txt",
         "layers/carillon/processors")  # fmt: skip
_NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.pyc")


def installed_version() -> str:
    """Return the version of the release that is installed."""
    return version("carillon-service")


def sources() -> Path:
    """Return the folder of the sources: a part of the wheel, or the checkout that the command runs from."""
    return _SHIPPED if _SHIPPED.is_dir() else _CHECKOUT


def check_version(folder: Folder) -> None:
    """Check that the installed release is the one that the folder asks for.

    Raises:
        WrongFolder: it is another one.
    """
    if (installed := installed_version()) != folder.version:
        raise WrongFolder(
            f"{REQUIREMENTS} asks for {folder.version}, and {installed} is installed."
            f" Run: python3.13 -m pip install -r {REQUIREMENTS}"
        )


def check_texts(folder: Folder) -> None:
    """Check the team's categories and templates, as the deploy's migration would.

    Raises:
        WrongFolder: one of them is wrong. Each line names the file and the fault.
    """
    # Imported here, because no other command needs Jinja and Babel.
    from carillon.categories import read_categories
    from carillon.templates.store import check_templates

    try:
        read_categories(folder.categories)
        check_templates(folder.templates)
    except ValueError as error:
        raise WrongFolder(str(error)) from None


def check_time_zone(name: str) -> None:
    """Check that a time zone exists, as the deploy's migration would.

    Raises:
        WrongFolder: it does not.
    """
    from pydantic import ValidationError

    from carillon.settings.groups import PreferenceSettings

    try:
        PreferenceSettings.load({"DEFAULT_TIMEZONE": name})
    except ValidationError:
        raise WrongFolder(f"{FILE}: DefaultTimezone: {name} is not the name of a time zone") from None


def lay_out(folder: Folder) -> Path:
    """Write the sources of the release with the team's categories and templates, and return their folder."""
    import carillon

    target = folder.work / "sources"
    shutil.rmtree(target, ignore_errors=True)
    for name in FILES:
        source, place = sources() / name, target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, ignore=_NOT_SOURCE)
        else:
            shutil.copyfile(source, place)
    layer = target / "layers" / "carillon"
    shutil.copytree(Path(carillon.__file__).parent, layer / "carillon", ignore=_NOT_SOURCE)
    shutil.copyfile(folder.categories, layer / "categories.toml")
    if folder.templates.is_dir():
        shutil.copytree(folder.templates, layer / "templates")
    else:
        (layer / "templates").mkdir()
    return target
