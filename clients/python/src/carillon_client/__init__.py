"""A client of Carillon's HTTP API, for backends that notify people.

`Client` blocks, and `AsyncClient` is for asyncio and trio. Both have the same methods.
"""

from ._answers import (
    Contact,
    CreatedMany,
    ErrorDetail,
    NewPreferences,
    NotificationDeliveries,
    PersonData,
    PlannedMany,
    Preferences,
    Receipt,
    RecordedNotification,
    Retracted,
)
from ._async.client import AsyncClient
from ._content import Content
from ._credentials import ClientCredentials
from ._errors import (
    ApiError,
    CarillonError,
    ConnectionTimeout,
    Forbidden,
    InvalidRequest,
    KeyReused,
    NotFound,
    RateLimited,
    ServerError,
    TokenError,
    TransportError,
    Unauthorized,
    Unavailable,
)
from ._requests import Created
from ._retry import Retry
from ._sync.client import Client
from ._version import __version__

__all__ = [
    "ApiError",
    "AsyncClient",
    "CarillonError",
    "Client",
    "ClientCredentials",
    "ConnectionTimeout",
    "Contact",
    "Content",
    "Created",
    "CreatedMany",
    "ErrorDetail",
    "Forbidden",
    "InvalidRequest",
    "KeyReused",
    "NewPreferences",
    "NotFound",
    "NotificationDeliveries",
    "PersonData",
    "PlannedMany",
    "Preferences",
    "RateLimited",
    "Receipt",
    "RecordedNotification",
    "Retracted",
    "Retry",
    "ServerError",
    "TokenError",
    "TransportError",
    "Unauthorized",
    "Unavailable",
    "__version__",
]
