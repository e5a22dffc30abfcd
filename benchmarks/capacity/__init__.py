"""The capacity of a size: an open-loop load on the real functions, also beyond its rate and through a stalled database.

Requests arrive on a schedule, and their latency counts from the scheduled arrival. So a slow service gets no less load.
"""

import sys

from tests.support.paths import ROOT
from tests.support.without_aws import leave_aws

leave_aws()
# The functions are modules of their own folders, as in Lambda.
sys.path += [str(folder) for folder in sorted((ROOT / "functions").iterdir()) if folder.is_dir()]
