"""The parameters of a deploy, as far as a check depends on them: those that an operator intends, or those of a stack.

The command is installed without `template.yaml`. So the defaults and the numbers are copies, and
tests/unit/cli/doctor/test_plan.py compares them with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from cli.cost.stacks import SIZES, Database, Network, Size


class EmailIdentity(StrEnum):
    """The parameter `EmailIdentity`."""

    DOMAIN = "domain"
    ADDRESS = "address"
    EXISTING = "existing"


class Live(StrEnum):
    """The parameter `Live`."""

    OFF = "off"
    APPSYNC = "appsync"


class Switch(StrEnum):
    """The parameter `ReservedConcurrency`."""

    OFF = "off"
    ON = "on"


POOL = "cognito"  # the issuer that the stack itself creates
ENGINE = "17"  # the major version of PostgreSQL
STORAGE = "gp3"
# template/database-aurora.yaml
AURORA_ENGINE, AURORA_VERSION, AURORA_CLASS, AURORA_STORAGE = "aurora-postgresql", "17.9", "db.serverless", "aurora"
AT_ONCE = {Size.MICRO: 3, Size.SMALL: 5, Size.MEDIUM: 20, Size.LARGE: 50}  # batches that deliver sends at once
# Containers of the API, with ReservedConcurrency.
RESERVED = {
    Size.MICRO: 23 + 7 + 3, Size.SMALL: 46 + 15 + 5, Size.MEDIUM: 153 + 52 + 16, Size.LARGE: 344 + 118 + 35,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The parameters of a deploy. The names of the fields are those of the template, in snake_case."""

    email_from: str = ""
    email_identity: EmailIdentity = EmailIdentity.DOMAIN
    jwt_issuer: str = POOL
    jwt_audience: str = ""
    apns_application_arn: str = ""
    fcm_application_arn: str = ""
    live: Live = Live.OFF
    size: Size = Size.SMALL
    reserved_concurrency: Switch = Switch.OFF
    database: Database = Database.SINGLE
    database_snapshot: str = ""
    network: Network = Network.IPV6
    vpc_id: str = ""
    zone_a: str = ""
    zone_b: str = ""
    alarm_email: str = ""

    @property
    def makes_database(self) -> bool:
        """True if the stack creates its database."""
        return self.database.is_created

    @property
    def makes_network(self) -> bool:
        """True if the stack creates a VPC for its database."""
        return self.makes_database and not self.vpc_id

    @property
    def two_zones(self) -> bool:
        """True if the database runs in two zones: one instance of RDS, or two members of Aurora."""
        return self.aurora or self.database.has_standby

    @property
    def aurora(self) -> bool:
        """True if the database is an Aurora cluster."""
        return self.database.is_aurora

    @property
    def instance(self) -> str:
        """The class of the database instance, or of each member of Aurora."""
        return AURORA_CLASS if self.aurora else SIZES[self.size].instance

    @property
    def engine(self) -> str:
        """The name of the engine at RDS."""
        return AURORA_ENGINE if self.aurora else "postgres"

    @property
    def storage(self) -> str:
        """The type of storage at RDS."""
        return AURORA_STORAGE if self.aurora else STORAGE

    @property
    def has_email(self) -> bool:
        """True if the stack sends email."""
        return bool(self.email_from)

    @property
    def has_push(self) -> bool:
        """True if the stack sends push."""
        return bool(self.apns_application_arn or self.fcm_application_arn)

    @property
    def email_domain(self) -> str:
        """The domain of the sender."""
        return self.email_from.rpartition("@")[2].lower()

    @property
    def audiences(self) -> list[str]:
        """The audiences that the API accepts."""
        return [audience for audience in self.jwt_audience.split(",") if audience]

    @property
    def has_own_issuer(self) -> bool:
        """True if tokens come from an issuer that the stack does not create."""
        return self.jwt_issuer != POOL


def parameter_of(field: str) -> str:
    """Return the name of a template parameter: `email_from` is `EmailFrom`."""
    return "".join(part.capitalize() for part in field.split("_"))


def read_plan(parameters: Mapping[str, str]) -> Plan:
    """Return the plan of a deploy's parameters. A missing one has its default; one that no check needs is ignored.

    Raises:
        ValueError: a value is none of those that the template allows. The message names the parameter.
    """
    values: dict[str, object] = {}
    for field in fields(Plan):
        name = parameter_of(field.name)
        if name not in parameters:
            continue
        kind = field.type
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            try:
                values[field.name] = kind(parameters[name])
            except ValueError:
                allowed = ", ".join(kind)
                raise ValueError(f"{name} is {parameters[name]!r}. It may be one of: {allowed}.") from None
        else:
            values[field.name] = parameters[name]
    return Plan(**values)  # pyright: ignore[reportArgumentType]
