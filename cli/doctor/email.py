"""Email: the SES account, the identity of the sender, and the DNS records of its domain. Before and after a deploy."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import EmailIdentity, Plan
from cli.doctor.sources import AwsRefused, Sources

NEARLY_USED = 0.8  # of the emails of 24 hours
DKIM_HOST = "dkim.amazonses.com"


@dataclass(frozen=True, slots=True)
class Account:
    """The SES account of the region."""

    in_sandbox: bool
    sends: bool
    enforcement: str
    per_second: float
    per_day: float
    sent: float


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of the sender at SES, as far as checks need it."""

    name: str
    verified: bool
    configuration_set: str | None = None
    dkim: tuple[tuple[str, str], ...] = ()  # the names of the CNAME records, and where they lead
    mail_from: str | None = None
    of_domain: bool = True


@dataclass(frozen=True, slots=True)
class Records:
    """The DNS records of the sender's domain.

    `dkim` has the names of missing records. `named`: SES has the domain, so it has named the records. `mail_from` is
    the domain for bounces; None: SES uses its own.
    """

    domain: str
    named: bool
    dkim: tuple[str, ...]
    mail_from: str | None
    region: str
    mx: tuple[str, ...]
    spf: tuple[str, ...]
    dmarc: tuple[str, ...]


def gather_account(sources: Sources, _: Plan) -> Account:
    """Return the state of the SES account."""
    answer = sources.ask("sesv2", "get_account")
    quota = answer.get("SendQuota", {})
    return Account(
        in_sandbox=not answer.get("ProductionAccessEnabled", False),
        sends=answer.get("SendingEnabled", True),
        enforcement=answer.get("EnforcementStatus", "HEALTHY"),
        per_second=quota.get("MaxSendRate", 0.0),
        per_day=quota.get("Max24HourSend", 0.0),
        sent=quota.get("SentLast24Hours", 0.0),
    )


def judge_account(account: Account, _: Plan) -> Iterable[Finding]:
    """Judge the SES account."""
    if not account.sends:
        yield Finding("ses_sending_off")
    if account.enforcement != "HEALTHY":
        yield Finding("ses_under_review", status=account.enforcement)
    if account.in_sandbox:
        yield Finding("ses_sandbox", per_day=f"{account.per_day:,.0f}", per_second=f"{account.per_second:g}")
    # -1 stands for an unlimited quota.
    elif 0 < account.per_day * NEARLY_USED <= account.sent:
        yield Finding("ses_quota_nearly_used", sent=f"{account.sent:,.0f}", per_day=f"{account.per_day:,.0f}")


def find_identity(sources: Sources, plan: Plan) -> Identity | None:
    """Return the identity of the sender: a verified one before another, and that of the address before the domain's."""
    names = {
        EmailIdentity.ADDRESS: [plan.email_from],
        EmailIdentity.DOMAIN: [plan.email_domain],
        EmailIdentity.EXISTING: [plan.email_from, plan.email_domain],
    }[plan.email_identity]
    found: list[Identity] = []
    for name in names:
        try:
            found.append(_identity(name, sources.ask("sesv2", "get_email_identity", EmailIdentity=name)))
        except AwsRefused as refused:
            if refused.error != "NotFoundException":
                raise
    return max(found, key=lambda identity: identity.verified, default=None)


def _identity(name: str, answer: dict[str, Any]) -> Identity:
    dkim = answer.get("DkimAttributes", {})
    hosted = dkim.get("SigningHostedZone") or DKIM_HOST
    # With keys of the domain's owner (BYODKIM), the token is a selector, and its record is a TXT that only they know.
    by_ses = str(dkim.get("SigningAttributesOrigin", "AWS_SES")).startswith("AWS_SES")
    of_domain = answer.get("IdentityType") != "EMAIL_ADDRESS"
    tokens: list[str] = dkim.get("Tokens", []) if by_ses and of_domain else []
    return Identity(
        name,
        answer.get("VerifiedForSendingStatus", False),
        answer.get("ConfigurationSetName"),
        tuple((f"{token}._domainkey.{name}", f"{token}.{hosted}") for token in tokens),
        answer.get("MailFromAttributes", {}).get("MailFromDomain"),
        of_domain,
    )


def kept_identity(sources: Sources, plan: Plan) -> Identity | None:
    """Return the identity of the sender. Two checks need it."""
    return sources.keep("identity", lambda: find_identity(sources, plan))


def gather_planned(sources: Sources, plan: Plan) -> tuple[Identity | None, str]:
    """Return the identity that SES has already, and the name of the stack that will be deployed."""
    return kept_identity(sources, plan), sources.session.stack.name


def judge_planned(facts: tuple[Identity | None, str], plan: Plan) -> Iterable[Finding]:
    """Judge whether the stack can create the identity, or use it."""
    identity, stack = facts
    if plan.email_identity is EmailIdentity.EXISTING:
        if identity is None:
            yield Finding("identity_missing", sender=plan.email_from)
        elif not identity.verified:
            yield Finding("identity_unverified", identity=identity.name)
    elif identity is not None and plan.email_identity is EmailIdentity.DOMAIN and identity.configuration_set != stack:
        yield Finding("identity_exists", identity=identity.name)
    elif identity is not None and plan.email_identity is EmailIdentity.ADDRESS:
        yield Finding("address_exists", identity=identity.name)


def judge_deployed(identity: Identity | None, plan: Plan) -> Iterable[Finding]:
    """Judge the identity of a stack that is deployed."""
    if identity is None:
        yield Finding("identity_missing", sender=plan.email_from)
    elif not identity.verified:
        yield Finding("identity_unverified", identity=identity.name)


def gather_records(sources: Sources, plan: Plan) -> Records:
    """Return the DNS records of the sender's domain."""
    identity, region, domain = kept_identity(sources, plan), sources.region, plan.email_domain
    signatures = identity.dkim if identity is not None else ()
    dkim = tuple(name for name, target in signatures if target not in sources.resolve(name, "CNAME"))
    mail_from = identity.mail_from if identity is not None else None
    return Records(
        domain, identity is not None and identity.of_domain, dkim, mail_from, region,
        tuple(sources.resolve(mail_from, "MX") if mail_from else ()),
        tuple(text for text in _texts(sources, mail_from) if text.lower().startswith("v=spf1")),
        tuple(text for text in _dmarc(sources, domain) if text.lower().startswith("v=dmarc1")),
    )  # fmt: skip


def _texts(sources: Sources, name: str | None) -> list[str]:
    return sources.resolve(name, "TXT") if name else []


def _dmarc(sources: Sources, domain: str) -> list[str]:
    """Return the policy of a domain, or else that of a domain above, which it inherits (RFC 7489, 6.6.3)."""
    labels = domain.split(".")
    for first in range(max(1, len(labels) - 1)):
        if found := sources.resolve("_dmarc." + ".".join(labels[first:]), "TXT"):
            return found
    return []


def judge_records(records: Records, _: Plan) -> Iterable[Finding]:
    """Judge the DNS records. Before the first deploy, only that for DMARC can be there."""
    if not records.dmarc:
        yield Finding("dmarc_missing", domain=records.domain)
    if not records.named:
        return
    if records.dkim:
        yield Finding("dkim_missing", names=", ".join(records.dkim))
    if not records.mail_from:
        yield Finding("mail_from_unset", domain=records.domain)
        return
    mx = f"feedback-smtp.{records.region}.amazonses.com"
    if not any(entry.split()[-1] == mx for entry in records.mx):
        yield Finding("mail_from_mx_missing", name=records.mail_from, mx=mx)
    if not any("include:amazonses.com" in text.lower() for text in records.spf):
        yield Finding("spf_missing", name=records.mail_from)
    if len(records.spf) > 1:
        yield Finding("spf_twice", name=records.mail_from)


def _rate(account: Account) -> str:
    return f"SES accepts {account.per_second:g} emails a second and {account.per_day:,.0f} a day."


def _planned_ok(facts: tuple[Identity | None, str], plan: Plan) -> str:
    if facts[0] is None:
        return f"SES has no identity for {plan.email_from} yet: the stack creates it."
    return f"SES has the identity {facts[0].name}."


def _has_email(plan: Plan) -> bool:
    return plan.has_email


def _has_domain(plan: Plan) -> bool:
    return plan.has_email and plan.email_identity is not EmailIdentity.ADDRESS


def _records_ok(records: Records, _: Plan) -> str:
    if not records.named:
        return f"{records.domain} has a record for DMARC. SES has no identity of the domain yet, so it names no others."
    return f"{records.domain} has the records for DKIM, MAIL FROM and DMARC."


ACCOUNT = Check(
    name="ses_account", group=Group.EMAIL, gather=gather_account, judge=judge_account,
    ok=lambda account, _: _rate(account), applies=_has_email, actions=("ses:GetAccount",),
)  # fmt: skip
PLANNED = Check(
    name="new_ses_identity", group=Group.EMAIL, gather=gather_planned, judge=judge_planned,
    ok=_planned_ok,
    applies=_has_email, actions=("ses:GetEmailIdentity",),
)  # fmt: skip
DEPLOYED = Check(
    name="ses_identity", group=Group.EMAIL, gather=kept_identity, judge=judge_deployed,
    ok=lambda _facts, plan: f"SES can send from {plan.email_from}.", applies=_has_email,
    actions=("ses:GetEmailIdentity",),
)  # fmt: skip
RECORDS = Check(
    name="sender_dns", group=Group.EMAIL, gather=gather_records, judge=judge_records, ok=_records_ok,
    applies=_has_domain, actions=("ses:GetEmailIdentity",),
)  # fmt: skip
