"""The base of all settings, and the database. They import no models, because every function imports them."""

import os
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt

DEFAULT_SCHEMA = "carillon"


class Settings(BaseModel):
    """The base of all settings. `load()` reads the environment."""

    # An error names the setting and never quotes its value, because some values are secret.
    # A group is only inherited from, so its validator is never built. carillon.settings builds the model of a function.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read and validate the settings.

        Raises:
            pydantic.ValidationError: a setting is missing or impossible. The error names it.
        """
        return cls.model_validate({name.lower(): value for name, value in environment.items() if value != ""})


class DatabaseSettings(Settings):
    """The connection to the database.

    With `database_iam_auth`, each connection signs a token instead of sending a password, and checks the certificate of
    the database. With `database_prepares`, the server keeps the parsed statements of create, claim and finish for the
    life of a connection. A proxy that shares connections must not see that. `statement_timeout_seconds` replaces the
    limit of the role.

    `answer_timeout_seconds` ends a statement for the function, even if the server hangs. It exceeds the limit of the
    role, because a statement that the server ends costs no connection.
    """

    database_url: str
    database_iam_auth: bool = False
    database_prepares: bool = True
    connect_timeout_seconds: PositiveInt = 3
    statement_timeout_seconds: PositiveInt | None = None
    answer_timeout_seconds: PositiveFloat | None = None


class WorkerDatabaseSettings(DatabaseSettings):
    """The connection of the role `carillon`, whose statements end after 8 s."""

    answer_timeout_seconds: PositiveFloat | None = 9


class BatchDatabaseSettings(WorkerDatabaseSettings):
    """The connection of a function that takes batches from a queue.

    No caller waits for it, so it repeats its first statement for `patience_seconds` before it returns the batch.
    Otherwise one container without a connection would take batch after batch from those that have one.
    """

    patience_seconds: NonNegativeFloat = 6  # deliver may still begin to send after so long


class ApiDatabaseSettings(DatabaseSettings):
    """The connection of the role `carillon_api`, whose statements end after 5 s. A caller waits for the answer.

    psycopg accepts no shorter time to connect than 2 s.
    """

    connect_timeout_seconds: PositiveInt = 2
    answer_timeout_seconds: PositiveFloat | None = 5.5


class SchemaSettings(DatabaseSettings):
    """The connection of a migration. It creates all tables and SQL functions in the schema `database_schema`.

    The names of the roles are those of the schema with up to six more characters, and PostgreSQL allows 63.
    """

    database_schema: Annotated[str, Field(pattern="^[a-z_][a-z0-9_]{0,56}$")] = DEFAULT_SCHEMA
