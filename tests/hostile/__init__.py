"""Hostile requests: thousands of them against the real functions, a real PostgreSQL and simulated AWS services.

The functions run in a process of their own, without the gateway. `gateway.py` makes of each request the event that API
Gateway would make. `make test-hostile` sends 10,000 requests, and tests/integration/api/test_hostile.py a few hundred.
"""

import sys

from tests.support.paths import ROOT
from tests.support.without_aws import leave_aws

# `python -m tests.hostile` imports the functions as Lambda does. pytest has these folders in its configuration.
sys.path += [str(folder) for folder in sorted((ROOT / "functions").iterdir()) if folder.is_dir()]

leave_aws()  # the functions read some of these variables when they are imported
