"""The region: its services, the class of the database instance, and the ways out of the network."""

from collections.abc import Iterable
from dataclasses import dataclass

from cli.cost.stacks import Network
from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import ENGINE, Live, Plan
from cli.doctor.sources import AwsRefused, NotChecked, Sources

# The services that the template creates or calls in every stack, by the first word of the service's address.
ALWAYS = ("apigateway", "cloudformation", "events", "lambda", "logs", "monitoring", "sns", "sqs")
ENDPOINTS = ("sqs", "sns", "email", "secretsmanager")  # the services that functions call
# The first two zones of the region get the subnets: `!GetAZs ""` in template/network/vpc.yaml.
ZONES = 2


@dataclass(frozen=True, slots=True)
class Instance:
    """The offer of RDS for the plan: how many options of the class fit, and in which zones."""

    options: int
    of_two_zones: int
    zones: frozenset[str]
    region_zones: tuple[str, ...]  # those that the stack uses: ZoneA and ZoneB, or the first two


def host(service: str, region: str) -> str:
    """Return the name of a service's ordinary address in a region."""
    return f"{service}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def gather_services(sources: Sources, plan: Plan) -> list[str]:
    """Return the services that the region does not have: their addresses have no DNS name."""
    wanted = {
        "rds": plan.makes_database,
        "ec2": plan.makes_database,
        "secretsmanager": plan.makes_database or plan.live is Live.APPSYNC,
        "email": plan.has_email,
        "cognito-idp": not plan.has_own_issuer,
        "appsync": plan.live is Live.APPSYNC,
    }
    services = [*ALWAYS, *(service for service, needed in wanted.items() if needed)]
    missing = [service for service in services if not sources.resolve(host(service, sources.region), "A")]
    if missing == services:
        raise NotChecked("region_unknown", region=sources.region)
    return missing


def judge_services(missing: list[str], _: Plan) -> Iterable[Finding]:
    """Judge the services."""
    for service in missing:
        yield Finding("service_missing", service=service)


def gather_instance(sources: Sources, plan: Plan) -> Instance:
    """Return what RDS offers of the plan's instance class, with this engine, storage and sign-in by IAM."""
    zones = sources.pages("ec2", "describe_availability_zones", "AvailabilityZones")
    options = sources.pages(
        "rds", "describe_orderable_db_instance_options", "OrderableDBInstanceOptions", after="Marker",
        Engine=plan.engine, DBInstanceClass=plan.instance, Vpc=True,
    )  # fmt: skip
    fitting = [
        option for option in options
        if option["EngineVersion"].split(".")[0] == ENGINE and option.get("StorageType") == plan.storage
        and option.get("SupportsIAMDatabaseAuthentication")
    ]  # fmt: skip
    names = sorted(
        zone["ZoneName"] for zone in zones if zone.get("ZoneType", "availability-zone") == "availability-zone"
    )
    return Instance(
        len(fitting),
        sum(bool(option.get("MultiAZCapable")) for option in fitting),
        frozenset(zone["Name"] for option in fitting for zone in option.get("AvailabilityZones", [])),
        tuple(named or first for named, first in zip((plan.zone_a, plan.zone_b), names, strict=False)),
    )


def judge_instance(offer: Instance, plan: Plan) -> Iterable[Finding]:
    """Judge whether the instance can be ordered, in the zones of the stack."""
    missing = [zone for zone in offer.region_zones if zone not in offer.zones]
    if not offer.options:
        yield Finding(
            "instance_missing", instance=plan.instance, size=plan.size, engine=plan.engine, storage=plan.storage
        )
    elif plan.two_zones and not plan.aurora and not offer.of_two_zones:
        yield Finding("two_zones_missing", instance=plan.instance)
    elif len(missing) == ZONES or (missing and plan.two_zones):
        yield Finding("zone_without_instance", instance=plan.instance, zones=", ".join(missing))


def gather_event_api(sources: Sources, _: Plan) -> bool:
    """Return True if AppSync answers a request that only regions with Event APIs know."""
    try:
        sources.ask("appsync", "list_apis", maxResults=1)
    except AwsRefused as refused:
        if refused.error in ("NotFoundException", "UnknownOperationException"):
            return False
        raise
    return True


def judge_event_api(is_there: bool, _: Plan) -> Iterable[Finding]:
    """Judge AppSync."""
    if not is_there:
        yield Finding("event_api_missing")


def gather_ipv6_names(sources: Sources, _: Plan) -> list[str]:
    """Return the names that functions call over IPv6 and that have no IPv6 address."""
    region = sources.region
    suffix = "api.amazonwebservices.com.cn" if region.startswith("cn-") else "api.aws"
    # The ordinary name of Secrets Manager has both addresses: carillon/aws/clients.py.
    names = [host(name, region) if name == "secretsmanager" else f"{name}.{region}.{suffix}" for name in ENDPOINTS]
    missing = [name for name in names if not sources.resolve(name, "AAAA")]
    if missing and not sources.resolve(host("sqs", region), "A"):
        raise NotChecked("region_unknown", region=region)
    return missing


def judge_ipv6_names(missing: list[str], _: Plan) -> Iterable[Finding]:
    """Judge the names with IPv6 addresses."""
    for name in missing:
        yield Finding("ipv6_name_missing", name=name)


def gather_endpoint_services(sources: Sources, _: Plan) -> list[str]:
    """Return the endpoint services that the region does not have."""
    wanted = {f"com.amazonaws.{sources.region}.{name}" for name in (*ENDPOINTS, "s3")}
    found = sources.ask(
        "ec2", "describe_vpc_endpoint_services", Filters=[{"Name": "service-name", "Values": sorted(wanted)}]
    )
    return sorted(wanted - set(found["ServiceNames"]))


def judge_endpoint_services(missing: list[str], _: Plan) -> Iterable[Finding]:
    """Judge the endpoint services."""
    for name in missing:
        yield Finding("endpoint_service_missing", name=name)


SERVICES = Check(
    name="services", group=Group.REGION, gather=gather_services, judge=judge_services,
    ok=lambda _facts, _plan: "The region has every service that the stack uses.",
)  # fmt: skip
INSTANCE = Check(
    name="instance_class", group=Group.REGION, gather=gather_instance, judge=judge_instance,
    ok=lambda _facts, plan: f"RDS offers {plan.instance} with PostgreSQL {ENGINE} in the zones of the stack.",
    applies=lambda plan: plan.makes_database,
    actions=("ec2:DescribeAvailabilityZones", "rds:DescribeOrderableDBInstanceOptions"),
)  # fmt: skip
EVENT_API = Check(
    name="appsync_events", group=Group.REGION, gather=gather_event_api, judge=judge_event_api,
    ok=lambda _facts, _plan: "AppSync has Event APIs here.",
    applies=lambda plan: plan.live is Live.APPSYNC,
    actions=("appsync:ListApis",),
)  # fmt: skip
IPV6 = Check(
    name="ipv6_names", group=Group.REGION, gather=gather_ipv6_names, judge=judge_ipv6_names,
    ok=lambda _facts, _plan: "SQS, SNS, SES and Secrets Manager have names with IPv6 addresses.",
    applies=lambda plan: plan.makes_network and plan.network is Network.IPV6,
)  # fmt: skip
ENDPOINT_SERVICES = Check(
    name="endpoint_services", group=Group.REGION, gather=gather_endpoint_services, judge=judge_endpoint_services,
    ok=lambda _facts, _plan: "The region has all endpoint services of the network.",
    applies=lambda plan: plan.makes_network and plan.network is Network.ENDPOINTS,
    actions=("ec2:DescribeVpcEndpointServices",),
)  # fmt: skip

CHECKS = (SERVICES, INSTANCE, EVENT_API, IPV6, ENDPOINT_SERVICES)
