"""The answer of `diagnose`: the database and the services, as the functions see them."""

from pydantic import Field

from carillon.operations.base import OperatorModel


class RoleState(OperatorModel):
    """One role of the database."""

    name: str
    exists: bool
    signs_in: bool = Field(description="It may sign in, and on RDS with IAM.")
    privileged: bool = Field(description="It has a right that no function needs, such as that of a superuser.")
    connection_limit: int | None = Field(description="None: no limit.")
    share: int | None = Field(description="The connections that it may have by docs/deploy.md#roles. None: any.")


class DatabaseState(OperatorModel):
    """The database."""

    version: str
    milliseconds: int = Field(description="The time for a new connection, the sign-in and one statement.")
    missing_migrations: list[str] = Field(description="Files of this release that the database does not have.")
    max_connections: int = Field(description="The connections that the server allows.")
    connection_limits: int = Field(description="The sum of the limits of all roles of the server that may sign in.")
    roles: list[RoleState]


class EndpointState(OperatorModel):
    """One service of AWS, and whether a request got any answer."""

    service: str
    host: str
    reached: bool
    milliseconds: int
    error: str | None = None


class DiagnosisAnswer(OperatorModel):
    """The findings of the operator function."""

    database: DatabaseState | None
    database_error: str | None = None
    endpoints: list[EndpointState]
