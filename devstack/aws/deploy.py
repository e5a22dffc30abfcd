"""Run `sam deploy` with the built template on the emulator."""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from devstack.aws.build import architecture
from devstack.aws.emulator import Emulator
from devstack.aws.live import open_event_api, without_event_api
from devstack.machine.lock import Registry
from devstack.machine.options import AUDIENCE, EMAIL_FROM, REGION, ROOT, STACK_NAME, DevstackError, Options
from devstack.machine.postgres import USER, Postgres
from devstack.machine.processes import environment, run

ARTIFACTS = "carillon-artifacts"
CONCURRENCY = 2  # each worker is a process of this machine
# Shorter than on AWS (docs/devstack.md), so that a person who watches the demo need not wait for minutes.
BACKOFF = {"BACKOFF_BASE_SECONDS": "1", "BACKOFF_CAP_SECONDS": "2"}
POLLING = {"POLL_INTERVAL_SECONDS": "5"}  # the shortest that the setting allows


def deploy(
    options: Options, emulator: Emulator, registry: Registry, template: Path, database: Postgres, providers_url: str
) -> None:
    """Deploy the template. The function deliver sends through the proxy at `providers_url`.

    If the deploy fails, DevstackError names the resource that failed, and its reason.
    """
    emulator.client("s3").create_bucket(Bucket=ARTIFACTS)
    parameters = {
        "Architecture": architecture(),
        "JwtIssuer": options.issuer_url,
        "JwtAudience": AUDIENCE,
        "AllowedOrigins": ",".join((options.demo_url, *options.origins)),
        "AppUrl": options.demo_url,
        "PublicApiUrl": options.api_url,
        "EmailFrom": EMAIL_FROM,
        "EmailIdentity": "address",
        "Live": "appsync",
        "Database": "existing",
        "DatabaseAddress": database.address(),
        "DatabaseResourceId": "db-DEVSTACK",
        "DatabaseSecretArn": _administrator(emulator),
        **_platform_applications(emulator),
    }
    try:
        run(
            "sam deploy",
            [options.tools / "sam", "deploy", "--template-file", without_event_api(template),
             "--stack-name", STACK_NAME, "--region", REGION, "--s3-bucket", ARTIFACTS,
             "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar",
             "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())],
            log=options.logs / "sam-deploy.log",
            env=environment(options)
            | {"SAM_CLI_TELEMETRY": "0", "AWS_ENDPOINT_URL": options.endpoint_url, "SAM_CLI_POLL_DELAY": "0.5"},
            registry=registry,
            cwd=ROOT,
        )  # fmt: skip
    except DevstackError as error:
        reason = _first_failure(emulator)
        if reason is None:
            raise
        raise DevstackError(f"The stack could not be deployed. {reason}\nMore is in {options.logs}.") from error
    close_gaps(emulator)
    endpoints = {f"AWS_ENDPOINT_URL_{service}": providers_url for service in ("SESV2", "SNS")}
    _add_to_environment(emulator, "Deliver", BACKOFF | endpoints)
    events = open_event_api(emulator, options, _physical_id(emulator, "LiveAuthorizer"))
    _add_to_environment(emulator, "Read", POLLING | {"LIVE_HOST": events.host, "LIVE_URL": events.url})
    _add_to_environment(emulator, "LiveHints", {"LIVE_HOST": events.host, "LIVE_ENDPOINT_URL": options.endpoint_url})


def _administrator(emulator: Emulator) -> str:
    """Create the secret that RDS would manage, and return its ARN. The database here accepts any password."""
    secret = json.dumps({"username": USER, "password": "-"})
    create = emulator.client("secretsmanager").create_secret
    return create(Name=f"{STACK_NAME}-administrator", SecretString=secret)["ARN"]


def _platform_applications(emulator: Emulator) -> dict[str, str]:
    """Create the push applications, and return the parameters with their ARNs.

    On AWS the operator creates them, because CloudFormation has no such resource.
    """
    create = emulator.client("sns").create_platform_application
    attributes = {"PlatformPrincipal": "none", "PlatformCredential": "none"}
    return {
        parameter: create(Name=STACK_NAME, Platform=platform, Attributes=attributes)["PlatformApplicationArn"]
        for parameter, platform in (("ApnsApplicationArn", "APNS_SANDBOX"), ("FcmApplicationArn", "GCM"))
    }


def close_gaps(emulator: Emulator) -> None:
    """Do what AWS or the operator does after a deploy, and the emulator does not."""
    emulator.client("ses").verify_email_identity(EmailAddress=EMAIL_FROM)
    # The emulator keeps a number that comes from a parameter as text, and its poller then fails.
    functions = emulator.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": CONCURRENCY})


def _add_to_environment(emulator: Emulator, resource: str, variables: dict[str, str]) -> None:
    """Add variables to the environment of a deployed function."""
    functions, name = emulator.client("lambda"), _physical_id(emulator, resource)
    current = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": current | variables})


def _physical_id(emulator: Emulator, resource: str) -> str:
    answer = emulator.client("cloudformation").describe_stack_resource(StackName=STACK_NAME, LogicalResourceId=resource)
    return answer["StackResourceDetail"]["PhysicalResourceId"]


def _first_failure(emulator: Emulator) -> str | None:
    """Return the resource that failed first with CloudFormation's reason, or None if no event has one."""
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
