"""The texts about the account."""

from cli.doctor.kinds import Kind, Level

_MORE_RUNS = (
    "`aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384"
    " --desired-value 1000`; AWS answers within hours."
)

KINDS = (
    Kind(
        "clock_wrong", Level.PROBLEM,
        "The clock of this machine is {seconds} s {way} that of AWS.",
        "AWS refuses requests that are five minutes off, and tokens seem expired or not yet valid.",
        "`timedatectl set-ntp true` on Linux, `sudo sntp -sS time.apple.com` on macOS.",
    ),
    Kind(
        "clock_skewed", Level.WARNING,
        "The clock of this machine is {seconds} s {way} that of AWS.",
        "At five minutes AWS refuses its requests. A token's expiry is shown wrongly by the same time.",
        "`timedatectl set-ntp true` on Linux, `sudo sntp -sS time.apple.com` on macOS.",
    ),
    Kind(
        "free_plan_refuses", Level.PROBLEM,
        "The account is on the free plan, which does not offer {instance} in this form.",
        "RDS refuses the instance fifteen minutes into the deploy, and the deploy fails.",
        "`aws freetier upgrade-account-plan --account-plan-type PAID`, or deploy with `Size=micro Database=single`.",
    ),
    Kind(
        "free_plan", Level.WARNING,
        "The account is on the free plan. RDS limits it: the smallest instances, and backups of one day.",
        "`Size=micro Database=single` fits into it. A larger size or a second zone does not.",
        "`aws freetier upgrade-account-plan --account-plan-type PAID`.",
    ),
    Kind(
        "reservation_refused", Level.PROBLEM,
        "{unreserved} concurrent runs of Lambda are not reserved, and `ReservedConcurrency=on` reserves {reserved}.",
        "AWS keeps 100 for functions without a reservation, so it refuses this one and the deploy fails.",
        "Deploy with `ReservedConcurrency=off`, or ask for at least {least}: " + _MORE_RUNS,
    ),
    Kind(
        "concurrency_too_low", Level.PROBLEM,
        "Lambda may run {quota} functions at once in this region; `Size={size}` alone sends with up to {needed}.",
        "API and deliveries take runs from each other: requests get 503, and throttled deliveries lose receives.",
        _MORE_RUNS,
    ),
    Kind(
        "concurrency_low", Level.WARNING,
        "Lambda may run {quota} functions at once in this region. New accounts have few.",
        "All functions of the account share them. A burst of requests then gets 503.",
        _MORE_RUNS,
    ),
    Kind(
        "vpcs_used_up", Level.PROBLEM,
        "{used} of {quota} VPCs of the region are used, and the stack creates one.",
        "CloudFormation fails at the VPC.",
        "`aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-F678F1CE"
        " --desired-value 10`, or delete a VPC.",
    ),
    Kind(
        "addresses_used_up", Level.PROBLEM,
        "{used} of {quota} Elastic IP addresses of the region are used, and `Network=nat` needs one.",
        "CloudFormation fails at the NAT gateway.",
        "`aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-0263D0A3"
        " --desired-value 10`, or choose `Network=ipv6`.",
    ),
    Kind(
        "rds_role_missing", Level.WARNING,
        "The account has no service-linked role of RDS, so it never had a database there.",
        "RDS creates the role with the first instance, and may refuse that instance because the role is too new.",
        "`aws iam create-service-linked-role --aws-service-name rds.amazonaws.com`.",
    ),
)  # fmt: skip
