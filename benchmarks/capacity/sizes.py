"""The facts of each size, and the rates that follow from them.

template/sizes-and-conditions.yaml and docs/deploy.md have the same numbers: tests/unit/template/test_template_sizes.py
compares them with this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# CPU of the database for a request of the mix in requests.py. It is a planning value: runs measured 1.3 to 1.6 ms on a
# core of x86-64 with PostgreSQL 18, with `deliver`, new connections and the overload included.
SERVER_CPU_SECONDS = 0.001
# The time that a container may be busy with a request, and so hold its connection. It has the CPU time of a function on
# the 0.6 vCPUs of 1,024 MB, the round trips, and a margin.
BUSY_SECONDS = 0.1
# `deliver` needs so long for a batch of ten emails: it claims, sends all at once, and finishes.
BATCH_SECONDS, BATCH_EMAILS = 0.35, 10
POLL_SECONDS = 30  # POLL_INTERVAL_SECONDS of template/functions/read.yaml
CREATES_SHARE = 0.08  # of the requests, as in requests.py
# The functions' shares of max_connections: docs/deploy.md#roles.
READ_SHARE, API_SHARE = 0.45, 0.20
SIGN_INS_A_SECOND = 200  # new connections that sign-in by IAM allows (AWS: "IAM database authentication")
FULL_LOAD = 0.5  # of an instance that is not burstable: the share of its CPU that Rate may use
# Memory, in MiB. After 60 requests on PostgreSQL 18, a connection took 2.6 (read), 4.9 (create) and 6.3 (deliver) of
# its own. By the roles' shares that is 3.9, and the plan adds 1 for TLS. The system of RDS was not measured.
CONNECTION_MIB = 5
SYSTEM_MIB = 400
SIGN_IN_MIB = 300  # "between 300 and 1000 MiB extra memory" for sign-in by IAM (AWS: "IAM database authentication")
USED_SHARE = 0.8  # the roles of functions together get four fifths of the connections


@dataclass(frozen=True, slots=True)
class Size:
    """A size: its instance, what AWS says of it, and the limits that the template sets.

    `vcpus` may run at 100 % for a while. `sustained` is how many a burstable instance may use at every moment without
    credits: its baseline times its vCPUs (AWS: "Burstable performance instances").
    """

    instance: str
    vcpus: int
    sustained: float
    connections: int
    rate: int
    burst: int
    deliveries: int
    reads_at_once: int
    creates_at_once: int
    recipients_at_once: int
    memory_mib: int
    buffers_mib: int

    @property
    def spare_mib(self) -> int:
        """MiB that are left when the functions use all their connections, from which sign-in by IAM takes its part."""
        connections = round(self.connections * USED_SHARE) * CONNECTION_MIB
        return self.memory_mib - self.buffers_mib - connections - SYSTEM_MIB

    @property
    def is_burstable(self) -> bool:
        """True if the instance has CPU credits."""
        return self.sustained < self.vcpus

    @property
    def rate_by_cpu(self) -> int:
        """Requests a second that the CPU allows at every moment."""
        usable = self.sustained if self.is_burstable else self.sustained * FULL_LOAD
        return round(usable / SERVER_CPU_SECONDS)

    @property
    def rate_by_connections(self) -> int:
        """Requests a second that use up the connections of `carillon_read` (Little's law: connections / time)."""
        return round(self.connections * READ_SHARE / BUSY_SECONDS)

    @property
    def creates(self) -> int:
        """Creates a second, in the mix of requests.py."""
        return round(self.rate * CREATES_SHARE)

    @property
    def bells(self) -> int:
        """Open bells that poll beside those creates."""
        return (self.rate - self.creates) * POLL_SECONDS

    @property
    def emails(self) -> int:
        """Emails a second that `deliver` sends at most, if SES accepts them."""
        return round(self.deliveries * BATCH_EMAILS / BATCH_SECONDS)


SIZES: Mapping[str, Size] = {
    "micro": Size("db.t4g.micro", 2, 0.2, 60, 50, 12, 3, 23, 7, 3, 1024, 64),
    "small": Size("db.t4g.small", 2, 0.4, 120, 100, 24, 5, 46, 15, 5, 2048, 512),
    "medium": Size("db.t4g.medium", 2, 0.4, 400, 400, 80, 20, 153, 52, 16, 4096, 1024),
    "large": Size("db.m7g.large", 2, 2.0, 900, 1000, 180, 50, 344, 118, 35, 8192, 2048),
}
