"""The texts about the region."""

from cli.doctor.kinds import Kind, Level

KINDS = (
    Kind(
        "service_missing", Level.PROBLEM,
        "The region has no address for the service `{service}`.",
        "The stack creates or calls it.",
        "Deploy to another region: `--region`.",
    ),
    Kind(
        "instance_missing", Level.PROBLEM,
        "RDS does not offer {instance} here with the engine {engine}, {storage} storage and sign-in by IAM.",
        "The deploy fails at the database.",
        "Choose another size or region; `Size={size}` means this class. `aws rds describe-orderable-db-instance-options"
        " --engine {engine} --db-instance-class {instance}` lists what is offered.",
    ),
    Kind(
        "two_zones_missing", Level.PROBLEM,
        "RDS does not offer {instance} here in two zones.",
        "The deploy fails at the database.",
        "Deploy with `Database=single`, or with another size or region.",
    ),
    Kind(
        "zone_without_instance", Level.PROBLEM,
        "RDS does not offer {instance} in {zones}, where the stack has its subnets.",
        "RDS cannot place the instance, and the deploy fails.",
        "Choose another size or region. The stack takes the first two zones of"
        " `aws ec2 describe-availability-zones`.",
    ),
    Kind(
        "event_api_missing", Level.PROBLEM,
        "AppSync has no Event APIs in this region.",
        "`Live=appsync` creates one, and the deploy fails.",
        "Deploy with `Live=off`, or to another region.",
    ),
    Kind(
        "ipv6_name_missing", Level.PROBLEM,
        "{name} has no IPv6 address.",
        "With `Network=ipv6` the functions have no other way to this service.",
        "Deploy with `Network=nat` or `Network=endpoints`.",
    ),
    Kind(
        "endpoint_service_missing", Level.PROBLEM,
        "The region has no endpoint service {name}.",
        "`Network=endpoints` creates an endpoint for it, and the deploy fails.",
        "Deploy with `Network=nat` or `Network=ipv6`.",
    ),
)  # fmt: skip
