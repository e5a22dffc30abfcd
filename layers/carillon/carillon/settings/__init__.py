"""Typed settings, one model for each function. A function reads and validates them at its cold start.

functions.py has the models; groups.py, live.py and base.py have what several of them share. read.py has the model of
functions/read, which imports it from there: the other models are a tenth of its cold start. May import categories,
identity, models, templates and the top level.

The name of a field is the name of its environment variable in lower case. An empty variable counts as not set, because
a CloudFormation parameter may be empty but not absent.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carillon.settings.functions import (
        CreateSettings,
        DeliverSettings,
        LiveAuthorizerSettings,
        LiveHintsSettings,
        MigrateSettings,
        OperatorSettings,
        ProviderEventsSettings,
        ReaperSettings,
        RecipientsSettings,
    )
    from carillon.settings.read import ReadSettings

__all__ = [
    "CreateSettings",
    "DeliverSettings",
    "LiveAuthorizerSettings",
    "LiveHintsSettings",
    "MigrateSettings",
    "OperatorSettings",
    "ProviderEventsSettings",
    "ReadSettings",
    "ReaperSettings",
    "RecipientsSettings",
]


def __getattr__(name: str) -> Any:
    """Import a model when it is first named."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    models = import_module("carillon.settings.read" if name == "ReadSettings" else "carillon.settings.functions")
    model = getattr(models, name)
    model.model_rebuild()  # at the import, and not in the first request
    return model
