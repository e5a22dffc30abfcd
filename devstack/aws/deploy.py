"""The real `sam deploy` of the built template, on the emulator."""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from devstack.aws.build import architecture
from devstack.aws.emulator import Emulator
from devstack.machine.lock import Registry
from devstack.machine.options import AUDIENCE, EMAIL_FROM, REGION, ROOT, STACK_NAME, DevstackError, Options
from devstack.machine.postgres import USER, Postgres
from devstack.machine.processes import environment, run

ARTIFACTS = "carillon-artifacts"
CONCURRENCY = 2  # workers are real processes here
# What differs from a stack on AWS (docs/devstack.md): who watches does not wait for minutes.
QUICK = {"BACKOFF_BASE_SECONDS": "1", "BACKOFF_CAP_SECONDS": "2"}
POLLING = {"POLL_INTERVAL_SECONDS": "5"}  # the least


def deploy(
    options: Options, emulator: Emulator, registry: Registry, template: Path, database: Postgres, providers_url: str
) -> None:
    """Deploy, with a worker that sends through `providers_url`. DevstackError with the failed resource's own reason."""
    emulator.client("s3").create_bucket(Bucket=ARTIFACTS)
    parameters = {
        "Architecture": architecture(),
        "JwtIssuer": options.issuer_url,
        "JwtAudience": AUDIENCE,
        "AllowedOrigins": options.demo_url,
        "AppUrl": options.demo_url,
        "PublicApiUrl": options.api_url,
        "EmailFrom": EMAIL_FROM,
        "EmailIdentity": "address",
        "Database": "existing",
        "DatabaseAddress": database.address(),
        "DatabaseResourceId": "db-DEVSTACK",
        "DatabaseSecretArn": _administrator(emulator),
        **_platform_applications(emulator),
    }
    try:
        run(
            "sam deploy",
            [options.tools / "sam", "deploy", "--template-file", template, "--stack-name", STACK_NAME,
             "--region", REGION, "--s3-bucket", ARTIFACTS, "--capabilities", "CAPABILITY_IAM",
             "--no-confirm-changeset", "--no-progressbar",
             "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())],
            log=options.logs / "sam-deploy.log",
            env=environment(options)
            | {"SAM_CLI_TELEMETRY": "0", "AWS_ENDPOINT_URL": options.endpoint_url, "SAM_CLI_POLL_DELAY": "0.5"},
            registry=registry,
            cwd=ROOT,
        )  # fmt: skip
    except DevstackError as error:
        reason = _why(emulator)
        if reason is None:
            raise
        raise DevstackError(f"The stack could not be deployed. {reason}\nMore is in {options.logs}.") from error
    close_gaps(emulator)
    through = {f"AWS_ENDPOINT_URL_{service}": providers_url for service in ("SESV2", "SNS")}
    _add_to_environment(emulator, "Deliver", QUICK | through)
    _add_to_environment(emulator, "Read", POLLING)


def _administrator(emulator: Emulator) -> str:
    """The secret that RDS would manage. The database here trusts whoever connects, whatever the password."""
    secret = json.dumps({"username": USER, "password": "-"})
    make = emulator.client("secretsmanager").create_secret
    return make(Name=f"{STACK_NAME}-administrator", SecretString=secret)["ARN"]


def _platform_applications(emulator: Emulator) -> dict[str, str]:
    """Make what an operator makes by hand on AWS: CloudFormation has no such resource."""
    create = emulator.client("sns").create_platform_application
    attributes = {"PlatformPrincipal": "none", "PlatformCredential": "none"}
    return {
        parameter: create(Name=STACK_NAME, Platform=platform, Attributes=attributes)["PlatformApplicationArn"]
        for parameter, platform in (("ApnsApplicationArn", "APNS_SANDBOX"), ("FcmApplicationArn", "GCM"))
    }


def close_gaps(emulator: Emulator) -> None:
    """Do what AWS would, or its operator."""
    emulator.client("ses").verify_email_identity(EmailAddress=EMAIL_FROM)
    # A number that comes from a parameter stays text in the emulator, and its poller stumbles over it.
    functions = emulator.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": CONCURRENCY})


def _add_to_environment(emulator: Emulator, resource: str, variables: dict[str, str]) -> None:
    """Give a deployed function more variables, besides those of the template."""
    formation, functions = emulator.client("cloudformation"), emulator.client("lambda")
    found = formation.describe_stack_resource(StackName=STACK_NAME, LogicalResourceId=resource)
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    has = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": has | variables})


def _why(emulator: Emulator) -> str | None:
    """The first failure that is not another one's consequence, as CloudFormation tells it."""
    try:
        events: list[dict[str, Any]] = emulator.client("cloudformation").describe_stack_events(StackName=STACK_NAME)[
            "StackEvents"
        ]
    except ClientError:
        return None
    for event in sorted(events, key=lambda event: event["Timestamp"]):
        reason = event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and reason and "cancelled" not in reason.lower():
            return f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
    return None
