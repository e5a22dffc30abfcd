"""The facts of each size, and the rates that follow from them.

template/sizes-and-conditions.yaml and docs/deploy.md have the same numbers: tests/unit/template/test_template_sizes.py
compares them with this table.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

# Measured by this benchmark with the mix of requests.py: CPU of the database's processes for a request, its part of
# `deliver` included, and CPU of a function for a request, both on one core of x86-64.
SERVER_CPU_SECONDS = 0.0020
FUNCTION_CPU_SECONDS = 0.010
# How long a container may be busy with a request: the CPU time on the 0.6 vCPUs of 1,024 MB, the round trips, and a
# margin for pauses. While it is busy it needs its connection.
BUSY_SECONDS = 0.1
POLL_SECONDS = 30  # POLL_INTERVAL_SECONDS of template/functions/read.yaml
CREATES_SHARE = 0.08  # of the requests, as in requests.py
# The functions' shares of max_connections: docs/deploy.md#roles.
READ_SHARE, API_SHARE = 0.45, 0.20


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

    @property
    def rate_by_connections(self) -> int:
        """Requests a second that use up the connections of `carillon_read` (Little's law: connections / time)."""
        return math.floor(self.connections * READ_SHARE / BUSY_SECONDS)

    @property
    def rate_by_cpu(self) -> int:
        """Requests a second that use all vCPUs of the database."""
        return math.floor(self.vcpus / SERVER_CPU_SECONDS)

    @property
    def bells(self) -> int:
        """Open bells that poll, if all requests are polls."""
        return self.rate * POLL_SECONDS

    @property
    def creates(self) -> int:
        """Creates a second that fit beside the bells, in the mix of requests.py."""
        return math.floor(self.rate * CREATES_SHARE)


SIZES: Mapping[str, Size] = {
    "small": Size("db.t4g.micro", 2, 0.2, 120, 100, 24, 5, 46, 15, 5),
    "medium": Size("db.t4g.medium", 2, 0.4, 400, 400, 80, 20, 156, 56, 16),
    "large": Size("db.m7g.large", 2, 2.0, 900, 1000, 180, 50, 360, 130, 36),
}
