"""Typed settings, one model for each function. A function reads and validates them at its cold start.

functions.py has the models, and groups.py has what several of them share. May import categories and models.

The name of a field is the name of its environment variable in lower case. An empty variable counts as not set, because
a CloudFormation parameter may be empty but not absent.
"""

from carillon.settings.functions import (
    CreateSettings,
    DeliverSettings,
    MigrateSettings,
    OperatorSettings,
    ProviderEventsSettings,
    ReadSettings,
    ReaperSettings,
    RecipientsSettings,
)

__all__ = [
    "CreateSettings",
    "DeliverSettings",
    "MigrateSettings",
    "OperatorSettings",
    "ProviderEventsSettings",
    "ReadSettings",
    "ReaperSettings",
    "RecipientsSettings",
]
