"""List prices of AWS in one region, without any free tier, each with the page where AWS publishes it.

To renew them, compare each with its page and change `READ`. The two-zone price of db.m7g.large is twice the single one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

REGION = "us-east-1"
READ = "June 2026"  # the month of the prices

MILLION = 1_000_000
HOURS = 730  # of a month, as AWS counts

_AWS = "https://aws.amazon.com"


@dataclass(frozen=True, slots=True)
class Price:
    """A price: `dollars` for `per` units of what `item` counts."""

    service: str
    item: str
    dollars: float
    unit: str
    per: int
    page: str

    @property
    def text(self) -> str:
        """The price as a table shows it, such as `$0.40 / M requests`, with two digits after the point or more."""
        whole, _, digits = f"{self.dollars:.10f}".partition(".")
        unit = {1: self.unit, 1_000: f"1,000 {self.unit}", MILLION: f"M {self.unit}"}[self.per]
        return f"${whole}.{digits.rstrip('0').ljust(2, '0')} / {unit}"


def _requests(service: str, item: str, dollars: float, page: str, unit: str = "requests") -> Price:
    return Price(service, item, dollars, unit, MILLION, f"{_AWS}/{page}/pricing/")


def _one(service: str, item: str, dollars: float, unit: str, page: str) -> Price:
    return Price(service, item, dollars, unit, 1, f"{_AWS}/{page}/pricing/")


PRICES: Mapping[str, Price] = {
    "api_requests": _requests("API Gateway", "HTTP API requests", 1.00, "api-gateway"),
    "lambda_requests": _requests("Lambda", "invocations", 0.20, "lambda"),
    "lambda_gb_seconds": _one("Lambda", "run time (arm64)", 0.0000133334, "GB-s", "lambda"),
    "sqs_requests": _requests("SQS", "requests", 0.40, "sqs"),
    "sns_publishes": _requests("SNS", "email events published to the topic", 0.50, "sns"),
    "sns_pushes": _requests("SNS", "pushes", 0.50, "sns", "pushes"),
    "ses_emails": Price("SES", "emails", 0.10, "emails", 1_000, f"{_AWS}/ses/pricing/"),
    "db.t4g.micro": _one("RDS", "db.t4g.micro", 0.016, "hour", "rds/postgresql"),
    "db.t4g.micro in two zones": _one("RDS", "db.t4g.micro in two zones", 0.032, "hour", "rds/postgresql"),
    "db.t4g.small": _one("RDS", "db.t4g.small", 0.032, "hour", "rds/postgresql"),
    "db.t4g.small in two zones": _one("RDS", "db.t4g.small in two zones", 0.065, "hour", "rds/postgresql"),
    "db.t4g.medium": _one("RDS", "db.t4g.medium", 0.065, "hour", "rds/postgresql"),
    "db.t4g.medium in two zones": _one("RDS", "db.t4g.medium in two zones", 0.129, "hour", "rds/postgresql"),
    "db.m7g.large": _one("RDS", "db.m7g.large", 0.168, "hour", "rds/postgresql"),
    "db.m7g.large in two zones": _one("RDS", "db.m7g.large in two zones", 0.336, "hour", "rds/postgresql"),
    "storage": _one("RDS", "gp3 storage", 0.115, "GB", "rds/postgresql"),
    "storage in two zones": _one("RDS", "gp3 storage in two zones", 0.23, "GB", "rds/postgresql"),
    "proxy": _one("RDS", "proxy", 0.015, "vCPU-hour", "rds/proxy"),
    "acu": _one("Aurora", "capacity of both members", 0.12, "ACU-hour", "rds/aurora"),
    "aurora_storage": _one("Aurora", "storage", 0.10, "GB", "rds/aurora"),
    "aurora_io": _requests("Aurora", "reads and writes of the storage", 0.20, "rds/aurora"),
    "aurora_proxy": _one("Aurora", "proxy", 0.015, "ACU-hour", "rds/proxy"),
    "secret": _one("Secrets Manager", "the administrator's secret", 0.40, "secret", "secrets-manager"),
    "metrics": _one("CloudWatch", "custom metrics", 0.30, "metric", "cloudwatch"),
    "alarms": _one("CloudWatch", "alarms", 0.10, "alarm", "cloudwatch"),
    "dashboards": _one("CloudWatch", "dashboard", 3.00, "dashboard", "cloudwatch"),
    "logs": _one("CloudWatch", "logs received", 0.50, "GB", "cloudwatch"),
    "logs_kept": _one("CloudWatch", "logs kept", 0.03, "GB", "cloudwatch"),
    "traces": _requests("X-Ray", "traces", 5.00, "xray", "traces"),
    "data_out": Price("Data transfer", "answers to the internet", 0.09, "GB", 1, f"{_AWS}/ec2/pricing/on-demand/"),
    "between_zones": Price(
        "Data transfer", "functions and database in different zones", 0.02, "GB", 1, f"{_AWS}/ec2/pricing/on-demand/"
    ),
    "events_operations": _requests("AppSync", "operations of AppSync Events", 1.00, "appsync", "operations"),
    "events_minutes": _requests("AppSync", "minutes of connection", 0.08, "appsync", "minutes"),
    "live_secret": _one("Secrets Manager", "the key of live hints", 0.40, "secret", "secrets-manager"),
    "nat_hours": _one("Network", "NAT gateway", 0.045, "hour", "vpc"),
    "nat_gb": _one("Network", "NAT gateway, data", 0.045, "GB", "vpc"),
    "address_hours": _one("Network", "public IPv4 address", 0.005, "hour", "vpc"),
    "endpoint_hours": _one("Network", "interface endpoints", 0.01, "hour", "privatelink"),
    "endpoint_gb": _one("Network", "interface endpoints, data", 0.01, "GB", "privatelink"),
    "cognito_client": _one("Cognito", "the backend's client", 6.00, "client", "cognito"),
    "cognito_tokens": Price("Cognito", "the backend's tokens", 2.25, "tokens", 1_000, f"{_AWS}/cognito/pricing/"),
    "cognito_people": _one("Cognito", "people who sign in (Essentials)", 0.015, "person", "cognito"),
}
