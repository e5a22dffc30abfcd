"""The cases of checks that ask AWS: recorded answers, a plan, and the codes of the findings that follow."""

from dataclasses import dataclass, field, replace
from typing import Any

from cli.cost.stacks import Database, Network, Size
from cli.doctor import email
from cli.doctor.after import running, stack
from cli.doctor.before import account, move, region
from cli.doctor.check import AnyCheck
from cli.doctor.plan import EmailIdentity, Live, Plan, Switch
from tests.support.doctor_sources import REGION, Zone

DEFAULT = Plan()
TWO_ZONES = Plan(database=Database.MULTI_AZ)
NAT = Plan(network=Network.NAT)
ENDPOINTS = Plan(network=Network.ENDPOINTS)
LIVE = Plan(live=Live.APPSYNC)
AURORA = Plan(database=Database.AURORA)
_ARN = f"arn:aws:rds:{REGION}:123456789012"
MOVED = Plan(database=Database.AURORA, database_snapshot=f"{_ARN}:snapshot:carillon-to-aurora")
RESTORED = Plan(database=Database.AURORA_PROXY, database_snapshot=f"{_ARN}:cluster-snapshot:carillon-cluster")
RESERVED = Plan(reserved_concurrency=Switch.ON)
EMAIL = Plan(email_from="hello@example.com")
ADDRESS = Plan(email_from="hello@example.com", email_identity=EmailIdentity.ADDRESS)
EXISTING = Plan(email_from="hello@example.com", email_identity=EmailIdentity.EXISTING)
SUBDOMAIN = Plan(email_from="hello@news.example.com")

MX = f"10 feedback-smtp.{REGION}.amazonses.com"
CNAMES: Zone = {
    (f"{token}._domainkey.example.com", "CNAME"): [f"{token}.dkim.amazonses.com"] for token in ("one", "two", "three")
}
SPF: Zone = {("mail.example.com", "TXT"): ["v=spf1 include:amazonses.com ~all", "another record"]}
DMARC: Zone = {("_dmarc.example.com", "TXT"): ["v=DMARC1; p=none"]}
ZONE: Zone = {**CNAMES, ("mail.example.com", "MX"): [MX], **SPF, **DMARC}
ALL_NAMES: Zone = {("*", "A"): ["203.0.113.1"], ("*", "AAAA"): ["2001:db8::1"]}


@dataclass(frozen=True)
class Case:
    """One case. Without codes, the check must say that all is well."""

    check: AnyCheck
    answers: tuple[str, ...]
    codes: tuple[str, ...] = ()
    plan: Plan = DEFAULT
    zone: Zone = field(default_factory=dict[Any, Any])

    def __str__(self) -> str:
        return f"{self.check.name}: {', '.join(self.codes) or 'ok'}, {' '.join(self.answers)}"


def without(zone: Zone, *names: str) -> Zone:
    return {key: records for key, records in zone.items() if key[0] not in names}


VPCS, ADDRESSES = account.VPC_QUOTA, account.ADDRESS_QUOTA
BEFORE = (
    Case(account.CREDENTIALS, ("caller",)),
    Case(account.PLAN, ("plan_paid",)),
    Case(account.PLAN, ("plan_free",), ("free_plan",), Plan(size=Size.MICRO)),
    Case(account.PLAN, ("plan_free",), ("free_plan_refuses",), Plan(size=Size.SMALL)),
    Case(account.PLAN, ("plan_free",), ("free_plan_refuses",), TWO_ZONES),
    Case(account.PLAN, ("plan_free",), (), Plan(database=Database.EXISTING)),
    Case(account.CONCURRENCY, ("lambda_usual",)),
    Case(account.CONCURRENCY, ("lambda_reserved", "stack_well"), (), RESERVED),
    Case(account.CONCURRENCY, ("lambda_usual", "stack_none"), (), RESERVED),
    Case(account.CONCURRENCY, ("lambda_new",), ("concurrency_low",)),
    Case(account.CONCURRENCY, ("lambda_new",), ("concurrency_too_low",), Plan(size=Size.MEDIUM)),
    Case(account.CONCURRENCY, ("lambda_fifty",), ("concurrency_low",), Plan(size=Size.MEDIUM)),
    Case(account.CONCURRENCY, ("lambda_reserved", "stack_none"), ("reservation_refused",), RESERVED),
    Case(VPCS, ("vpcs_one", "quota_vpcs", "stack_none")),
    Case(VPCS, ("vpcs_five", "quota_vpcs", "stack_none"), ("vpcs_used_up",)),
    Case(VPCS, ("vpcs_five", "quota_vpcs", "stack_well")),
    Case(ADDRESSES, ("addresses_none", "quota_addresses", "stack_none"), (), NAT),
    Case(ADDRESSES, ("addresses_five", "quota_addresses", "stack_none"), ("addresses_used_up",), NAT),
    Case(account.RDS_ROLE, ("role_there",)),
    Case(account.RDS_ROLE, ("role_missing",), ("rds_role_missing",)),
    Case(region.INSTANCE, ("zones", "rds_offers")),
    Case(region.INSTANCE, ("zones", "rds_offers"), (), TWO_ZONES),
    Case(region.INSTANCE, ("zones", "rds_offers_16"), ("instance_missing",)),
    Case(region.INSTANCE, ("zones", "rds_offers_one_zone")),
    Case(region.INSTANCE, ("zones", "rds_offers_one_zone"), ("two_zones_missing",), TWO_ZONES),
    Case(region.INSTANCE, ("zones", "rds_offers_zone_c"), ("zone_without_instance",)),
    Case(region.INSTANCE, ("zones", "rds_offers_zones_ac")),
    Case(region.INSTANCE, ("zones", "rds_offers_zones_ac"), ("zone_without_instance",), TWO_ZONES),
    Case(region.INSTANCE, ("zones", "rds_offers_zones_ac"), (), replace(TWO_ZONES, zone_b=f"{REGION}c")),
    Case(
        region.INSTANCE, ("zones", "rds_offers"), ("zone_without_instance",), replace(TWO_ZONES, zone_a=f"{REGION}z"),
    ),
    Case(move.STACK, ("stack_none",)),
    Case(move.STACK, ("stack_in_review",), (), AURORA),  # a change set that no one executed
    Case(move.STACK, ("stack_aurora_first_failed",)),  # nothing was ever written there
    Case(move.STACK, ("stack_aurora_continued_failed",)),
    Case(move.STACK, ("stack_well",)),  # a stack without the parameter: none of Carillon
    Case(move.STACK, ("stack_single",), (), TWO_ZONES),
    Case(move.STACK, ("stack_single",), (), MOVED),
    Case(move.STACK, ("stack_single",), ("database_left",), AURORA),
    Case(move.STACK, ("stack_single",), ("database_left",), Plan(database=Database.EXISTING)),
    Case(move.STACK, ("stack_aurora",), ("database_left",)),
    Case(move.STACK, ("stack_aurora",), (), AURORA),
    Case(move.STACK, ("stack_aurora",), ("snapshot_changed",), MOVED),
    Case(move.STACK, ("stack_aurora_moved",), ("snapshot_changed",), AURORA),
    Case(move.STACK, ("stack_aurora_moved",), (), MOVED),
    Case(move.OFFER, ("stack_single", "aurora_versions_older"), ("aurora_version_missing",), AURORA),
    Case(move.OFFER, ("stack_aurora", "aurora_versions_older"), (), AURORA),
    Case(move.OFFER, ("stack_none", "aurora_versions"), (), AURORA),
    Case(move.OFFER, ("stack_aurora_first_failed", "aurora_versions_older"), ("aurora_version_missing",), AURORA),
    Case(move.INSTANCE, ("stack_none",), (), AURORA),
    Case(move.INSTANCE, ("stack_aurora",), (), AURORA),
    Case(move.INSTANCE, ("stack_single", "instance_17_10"), ("aurora_older",), AURORA),
    Case(move.INSTANCE, ("stack_single", "instance_17_9"), (), AURORA),
    Case(move.SNAPSHOT, ("stack_aurora_moved",), (), MOVED),  # the snapshot may be gone
    Case(move.SNAPSHOT, ("stack_single", "snapshot_none"), ("snapshot_missing",), MOVED),
    Case(move.SNAPSHOT, ("stack_single", "snapshot_none", "snapshot_17_5"), (), MOVED),  # of another account, shared
    Case(move.SNAPSHOT, ("stack_single", "snapshot_elsewhere", "snapshot_none"), ("snapshot_missing",), MOVED),
    Case(move.SNAPSHOT, ("stack_single", "snapshot_creating"), ("snapshot_unfinished",), MOVED),
    Case(move.SNAPSHOT, ("stack_single", "snapshot_17_10"), ("aurora_older",), MOVED),
    Case(move.SNAPSHOT, ("stack_single", "snapshot_17_5"), (), MOVED),
    Case(move.SNAPSHOT, ("stack_single", "snapshot_16_9"), ("aurora_other_major",), MOVED),
    Case(move.SNAPSHOT, ("stack_aurora_first_failed", "snapshot_none"), ("snapshot_missing",), MOVED),
    Case(move.SNAPSHOT, ("stack_aurora_continued_failed", "snapshot_none"), ("snapshot_missing",), MOVED),
    Case(move.SNAPSHOT, ("stack_move_failed", "snapshot_none"), ("snapshot_missing",), MOVED),  # it has its instance
    Case(move.CLUSTER_SNAPSHOT, ("stack_none", "cluster_snapshot_none"), ("snapshot_missing",), RESTORED),
    Case(move.CLUSTER_SNAPSHOT, ("stack_none", "cluster_snapshot_17_10"), ("aurora_older",), RESTORED),
    Case(move.CLUSTER_SNAPSHOT, ("stack_none", "cluster_snapshot_17_9"), (), RESTORED),
    Case(region.EVENT_API, ("appsync_none_yet",), (), LIVE),
    Case(region.EVENT_API, ("appsync_unknown",), ("event_api_missing",), LIVE),
    Case(region.ENDPOINT_SERVICES, ("endpoints_all",), (), ENDPOINTS),
    Case(region.ENDPOINT_SERVICES, ("endpoints_without_email",), ("endpoint_service_missing",), ENDPOINTS),
    Case(region.SERVICES, (), (), Plan(), ALL_NAMES),
    Case(
        region.SERVICES, (), ("service_missing",), EMAIL,
        {**ALL_NAMES, (f"email.{REGION}.amazonaws.com", "A"): []},
    ),
    Case(
        region.SERVICES, (), ("service_missing",), LIVE,
        {**ALL_NAMES, (f"appsync.{REGION}.amazonaws.com", "A"): []},
    ),
    Case(region.SERVICES, (), ("region_unknown",)),
    Case(region.SERVICES, (), ("dns_silent",), Plan(), {("*", "timeout"): []}),
    Case(region.IPV6, (), (), Plan(), ALL_NAMES),
    Case(region.IPV6, (), ("ipv6_name_missing",), Plan(), {**ALL_NAMES, (f"email.{REGION}.api.aws", "AAAA"): []}),
    Case(region.IPV6, (), ("region_unknown",)),
    Case(email.PLANNED, ("identity_none",), (), EMAIL),
    Case(email.PLANNED, ("identity_of_stack",), (), EMAIL),
    Case(email.PLANNED, ("identity_of_another",), ("identity_exists",), EMAIL),
    Case(email.PLANNED, ("identity_of_another",), ("address_exists",), ADDRESS),
    Case(email.PLANNED, ("identity_none", "identity_of_another"), (), EXISTING),  # the address has none, the domain has
    Case(email.PLANNED, ("identity_none",), ("identity_missing",), EXISTING),
    Case(email.PLANNED, ("identity_pending",), ("identity_unverified",), EXISTING),
    Case(email.PLANNED, ("identity_pending", "identity_of_another"), (), EXISTING),
)  # fmt: skip

AFTER = (
    Case(email.ACCOUNT, ("ses_well",), (), EMAIL),
    Case(email.ACCOUNT, ("ses_unlimited",), (), EMAIL),
    Case(email.ACCOUNT, ("ses_sandbox",), ("ses_sandbox",), EMAIL),
    Case(email.ACCOUNT, ("ses_paused",), ("ses_sending_off", "ses_under_review"), EMAIL),
    Case(email.ACCOUNT, ("ses_busy",), ("ses_quota_nearly_used",), EMAIL),
    Case(email.DEPLOYED, ("identity_of_stack",), (), EMAIL),
    Case(email.DEPLOYED, ("identity_pending",), ("identity_unverified",), EMAIL),
    Case(email.DEPLOYED, ("identity_none",), ("identity_missing",), EMAIL),
    Case(email.RECORDS, ("identity_of_stack",), (), EMAIL, ZONE),
    Case(email.RECORDS, ("identity_none",), (), EMAIL, DMARC),
    Case(email.RECORDS, ("identity_none",), ("dmarc_missing",), EMAIL),
    Case(email.RECORDS, ("identity_with_own_keys",), (), EMAIL, without(ZONE, *(name for name, _ in CNAMES))),
    Case(
        email.RECORDS, ("identity_in_zone",), (), EMAIL,
        {**ZONE, ("one._domainkey.example.com", "CNAME"): [f"one.dkim.{REGION}.amazonses.com"]},
    ),
    Case(email.RECORDS, ("identity_of_address", "identity_none"), (), EXISTING, DMARC),
    Case(email.RECORDS, ("identity_without_mail_from",), ("mail_from_unset",), EMAIL, ZONE),
    Case(email.RECORDS, ("identity_of_stack",), ("dkim_missing",), EMAIL, without(ZONE, "two._domainkey.example.com")),
    Case(
        email.RECORDS, ("identity_of_stack",), ("dkim_missing",), EMAIL,
        {**ZONE, ("one._domainkey.example.com", "CNAME"): ["one.dkim.elsewhere.example"]},
    ),
    Case(
        email.RECORDS, ("identity_of_stack",), ("mail_from_mx_missing",), EMAIL,
        {**ZONE, ("mail.example.com", "MX"): ["10 feedback-smtp.us-east-1.amazonses.com"]},
    ),
    Case(email.RECORDS, ("identity_of_stack",), ("spf_missing",), EMAIL, {**ZONE, ("mail.example.com", "TXT"): []}),
    Case(
        email.RECORDS, ("identity_of_stack",), ("spf_twice",), EMAIL,
        {**ZONE, ("mail.example.com", "TXT"): ["v=spf1 include:amazonses.com ~all", "v=spf1 -all"]},
    ),
    Case(email.RECORDS, ("identity_of_stack",), ("dmarc_missing",), EMAIL, without(ZONE, "_dmarc.example.com")),
    Case(email.RECORDS, ("identity_none",), (), SUBDOMAIN, DMARC),  # the domain above has a policy
    Case(email.RECORDS, ("identity_none",), ("dns_silent",), EMAIL, {("*", "timeout"): []}),
    Case(stack.STATUS, ("stack_well",)),
    Case(stack.STATUS, ("stack_never_checked",)),
    Case(stack.STATUS, ("stack_drifted",), ("stack_drifted",)),
    Case(stack.STATUS, ("stack_updating",), ("stack_changing",)),
    Case(stack.STATUS, ("stack_failed",), ("stack_failed",)),
    Case(stack.STATUS, ("stack_rolled_back",), ("stack_rolled_back",)),
    Case(stack.DRIFT, ("drift_begun", "drift_none", "drift_of_alarm")),
    Case(stack.DRIFT, ("drift_begun", "drift_not_detected"), ("aws_refused",)),
    Case(stack.DRIFT, ("drift_begun", "drift_one", "drift_of_alarm"), ("resources_drifted",)),
    Case(running.EVENT_SOURCES, ("resources", "source_enabled")),
    Case(running.EVENT_SOURCES, ("resources", "source_enabled"), ("event_source_off",), LIVE),  # without live_hints
    Case(running.EVENT_SOURCES, ("resources_few", "source_enabled"), ("event_source_off",)),
    Case(running.EVENT_SOURCES, ("resources", "source_enabled", "source_disabled"), ("event_source_off",)),
    Case(running.EVENT_SOURCES, ("resources", "source_enabled", "source_deleted"), ("event_source_off",)),
    Case(running.EVENT_SOURCES, ("resources", "source_creating", "source_enabled"), ("event_source_changing",)),
    Case(running.EVENT_SOURCES, ("resources", "source_failing", "source_enabled"), ("event_source_failing",)),
    Case(running.DEAD_LETTERS, ("stack_well", "queue_empty")),
    Case(running.DEAD_LETTERS, ("stack_well", "queue_three", "queue_empty"), ("dead_letters",)),
    Case(running.DEAD_LETTERS, ("stack_well", "queue_empty", "queue_three"), ("dead_events",)),
    Case(running.LOGS, ("resources", "logs_kept")),
    Case(running.LOGS, ("resources", "logs_for_ever"), ("logs_for_ever",)),
    Case(running.LOGS, ("resources", "logs_none"), ("logs_missing",)),
    Case(running.ALARMS, ("resources", "alarms_quiet")),
    Case(running.ALARMS, ("resources", "alarms_on"), ("alarm_on",)),
    Case(running.ALARMS, ("resources", "alarms_muted"), ("alarm_muted",)),
    Case(running.ALARMS, ("resources_few",), ("alarms_missing",)),
    Case(running.ALARMS, ("resources", "alarms_none"), ("alarms_missing",)),
    Case(running.LISTENERS, ("stack_well", "listener_confirmed")),
    Case(running.LISTENERS, ("stack_well", "listener_pending"), ("listener_unconfirmed",)),
    Case(running.LISTENERS, ("stack_well", "listener_none"), ("listener_missing",)),
    Case(running.LISTENERS, ("stack_without_outputs",), ("no_output",)),
    Case(running.DEAD_LETTERS, ("stack_without_outputs",), ("no_output",)),
    Case(stack.API, ("stack_without_outputs",), ("no_output",)),
)  # fmt: skip

CASES = (*BEFORE, *AFTER)
