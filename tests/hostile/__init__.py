"""Hostile requests: thousands of them against the real functions, a real PostgreSQL and simulated AWS services.

The functions run in a process of their own, without the gateway. `gateway.py` makes of each request the event that API
Gateway would make. `make test-hostile` sends 10,000 requests, and tests/integration/api/test_hostile.py a few hundred.
"""

import os
import sys

from tests.support.paths import ROOT

# `python -m tests.hostile` imports the functions as Lambda does. pytest has these folders in its configuration.
sys.path += [str(folder) for folder in sorted((ROOT / "functions").iterdir()) if folder.is_dir()]

# As in tests/conftest.py. No request may reach AWS, and the functions read some of these when they are imported.
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "carillon-test",
    "POWERTOOLS_METRICS_NAMESPACE": "Carillon",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
