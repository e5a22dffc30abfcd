"""The texts about email."""

from cli.doctor.kinds import Kind, Level

KINDS = (
    Kind(
        "ses_sending_off", Level.PROBLEM,
        "SES does not send for this account: sending is paused.",
        "Emails wait until it is allowed again.",
        "`aws sesv2 put-account-sending-attributes --sending-enabled`, once the reason in the SES console is gone.",
    ),
    Kind(
        "ses_under_review", Level.WARNING,
        "SES has the account under review: {status}.",
        "If bounces and complaints do not fall, SES pauses the account.",
        "`carillon reputation` names the producers; answer the case in the Support Center of AWS.",
    ),
    Kind(
        "ses_sandbox", Level.WARNING,
        "The account is in the sandbox of SES: {per_day} emails a day, {per_second} a second.",
        "SES sends only to confirmed addresses and to its simulator. Other email fails with `recipient_not_verified`.",
        "`aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL --website-url URL"
        " --contact-language EN`; a person at AWS answers within a day.",
    ),
    Kind(
        "ses_quota_nearly_used", Level.WARNING,
        "SES has sent {sent} of {per_day} emails within 24 hours.",
        "Beyond the quota SES refuses, and emails wait.",
        "`aws service-quotas list-service-quotas --service-code ses` names the quota: ask for a higher one.",
    ),
    Kind(
        "identity_missing", Level.PROBLEM,
        "SES has no identity for {sender} in this region.",
        "SES refuses every email.",
        "Deploy with `EmailIdentity=domain`, or `aws sesv2 create-email-identity --email-identity …`.",
    ),
    Kind(
        "identity_unverified", Level.PROBLEM,
        "SES has not verified {identity}.",
        "SES refuses every email until it is. Deliveries wait, and use up no attempts.",
        "Publish the DNS records of the outputs `Dns…`, or follow the link that SES sent:"
        " `aws sesv2 get-email-identity --email-identity {identity}`.",
    ),
    Kind(
        "identity_exists", Level.PROBLEM,
        "SES has the identity {identity} already, and this stack did not create it.",
        "CloudFormation cannot create it again, and the deploy fails.",
        "Deploy with `EmailIdentity=existing`.",
    ),
    Kind(
        "address_exists", Level.WARNING,
        "SES has the identity {identity} already.",
        "Unless this stack created it, CloudFormation cannot create it again, and the deploy fails.",
        "Deploy with `EmailIdentity=existing`, unless the stack exists.",
    ),
    Kind(
        "dkim_missing", Level.PROBLEM,
        "These CNAME records for DKIM are missing: {names}.",
        "SES verifies the domain by them, and mailboxes put mail without a signature into spam.",
        "Publish the records that the outputs `DnsDkim…` name; `dig CNAME` shows when they are there.",
    ),
    Kind(
        "mail_from_unset", Level.WARNING,
        "The identity of {domain} has no MAIL FROM domain.",
        "SES uses its own for bounces, so that SPF does not align for DMARC. DKIM alone must then hold.",
        "`aws sesv2 put-email-identity-mail-from-attributes --email-identity {domain}"
        " --mail-from-domain mail.{domain}`, then publish the records that SES names.",
    ),
    Kind(
        "mail_from_mx_missing", Level.WARNING,
        "{name} has no MX record for {mx}.",
        "SES then sends bounces to its own domain, so that SPF does not align for DMARC.",
        "Publish the record of the output `DnsMailFromMx`: `{name} MX 10 {mx}`.",
    ),
    Kind(
        "spf_missing", Level.WARNING,
        "{name} has no SPF record that includes amazonses.com.",
        "Mailboxes cannot see that SES may send for the domain.",
        'Publish the record of the output `DnsMailFromSpf`: `{name} TXT "v=spf1 include:amazonses.com ~all"`.',
    ),
    Kind(
        "spf_twice", Level.WARNING,
        "{name} has more than one SPF record.",
        "Then none counts (RFC 7208, 4.5).",
        "Join them into one TXT record; `dig TXT {name}` shows them.",
    ),
    Kind(
        "dmarc_missing", Level.WARNING,
        "{domain} has no DMARC record, and no domain above it has one.",
        "Large mailboxes demand one from senders of much mail.",
        'Publish the record of the output `DnsDmarc`: `_dmarc.{domain} TXT "v=DMARC1; p=none"`.',
    ),
)  # fmt: skip
