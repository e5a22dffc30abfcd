"""An environment in which nothing reaches AWS."""

import os

REGION = "eu-central-1"


def leave_aws() -> None:
    """Give this process made-up credentials, and forget the developer's. Call it before a function is imported."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_SERVICE_NAME": "carillon-test",
        "POWERTOOLS_METRICS_NAMESPACE": "Carillon",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }
