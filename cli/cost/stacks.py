"""The resources and settings of the template, as far as the bill depends on them.

The command is installed without `template.yaml`. So these are copies, and tests/unit/cli/test_cost_template.py compares
them with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Size(StrEnum):
    """The parameter `Size`."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Database(StrEnum):
    """The parameter `Database`."""

    SINGLE = "single"
    MULTI_AZ = "multi-az"
    MULTI_AZ_PROXY = "multi-az-proxy"
    AURORA = "aurora"
    AURORA_PROXY = "aurora-proxy"
    EXISTING = "existing"

    @property
    def is_created(self) -> bool:
        """True if the stack creates it."""
        return self is not Database.EXISTING

    @property
    def is_aurora(self) -> bool:
        """True if it is an Aurora cluster, whose two members are in two zones."""
        return self in {Database.AURORA, Database.AURORA_PROXY}

    @property
    def has_standby(self) -> bool:
        """True if it is one instance of RDS with a standby in another zone."""
        return self in {Database.MULTI_AZ, Database.MULTI_AZ_PROXY}


class Network(StrEnum):
    """The parameter `Network`."""

    IPV6 = "ipv6"
    NAT = "nat"
    ENDPOINTS = "endpoints"


@dataclass(frozen=True, slots=True)
class Row:
    """The row of a size in the template: the instance, and the requests a second that the API accepts."""

    instance: str
    rate: int
    vcpus: int  # AWS's list of instance classes; RDS Proxy is billed by them


SIZES: Mapping[Size, Row] = {
    Size.MICRO: Row("db.t4g.micro", 50, 2),
    Size.SMALL: Row("db.t4g.small", 100, 2),
    Size.MEDIUM: Row("db.t4g.medium", 400, 2),
    Size.LARGE: Row("db.m7g.large", 1000, 2),
}

# Megabytes of memory of each function that a month's usage invokes.
MEMORY: Mapping[str, int] = {
    "create": 1024,
    "read": 1024,
    "recipients": 1024,
    "deliver": 1024,
    "provider_events": 512,
    "reaper": 512,
}

QUEUES_WITH_SOURCE = 2
DELIVERY_BATCH = 10  # the most messages that deliver gets at once
EVENT_BATCH = 100  # the same for provider_events
EVENT_WINDOW_SECONDS = 2
REAPER_SECONDS = 60
PREFLIGHT_SECONDS = 7200  # a browser asks once in this time whether it may poll another origin

LISTENING_POLL_SECONDS = 900  # the bell polls so seldom while it hears hints: web/src/store/poller.ts
LIVE_MEMORY = 1024  # megabytes of live_hints and of live_authorizer
LIVE_ALARMS = 2

# The least capacity of each member of Aurora, in ACU.
LEAST_ACU: Mapping[Size, float] = {Size.MICRO: 0.5, Size.SMALL: 0.5, Size.MEDIUM: 1, Size.LARGE: 2}
AURORA_MEMBERS = 2
VCPUS_OF_AN_ACU = 0.25
PROXY_LEAST_ACU = 8  # RDS Proxy bills at least these

ALARMS = 9  # with email
DATABASE_ALARMS = 5
CLUSTER_ALARMS = 2
CREDITS_ALARMS = 1  # of a burstable instance
STORAGE_GB, MAX_STORAGE_GB = 20, 200
RETENTION_MONTHS = 12  # RETENTION_DAYS of the reaper: 365
ENDPOINTS, ENDPOINT_ZONES = 4, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The parameters of a deploy that change the bill. `cognito`: the stack's own pool issues all tokens.

    `live`: open bells hear hints (the parameter `Live`).
    """

    size: Size = Size.SMALL
    database: Database = Database.SINGLE
    network: Network = Network.IPV6
    cognito: bool = False
    live: bool = False

    @property
    def makes_database(self) -> bool:
        """True if the stack creates its database and its network."""
        return self.database.is_created

    @property
    def two_zones(self) -> bool:
        """True if the stack's instance runs in two zones."""
        return self.database.has_standby

    @property
    def aurora(self) -> bool:
        """True if the stack's database is Aurora."""
        return self.database.is_aurora
