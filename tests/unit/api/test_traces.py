"""Traces in X-Ray. They never have the error of an AWS client, because it may quote an address."""

import os
import subprocess
import sys

import pytest

ON_LAMBDA = {"LAMBDA_TASK_ROOT": "/var/task", "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"}


@pytest.mark.parametrize("function", ["create", "read", "recipients", "deliver", "reaper"])
def test_the_tracer_patches_no_library(function: str) -> None:
    program = f"import {function}; from aws_xray_sdk.core.patcher import _PATCHED_MODULES as all; print(sorted(all))"
    env = {name: value for name, value in os.environ.items() if name != "POWERTOOLS_TRACE_DISABLED"} | ON_LAMBDA
    path = os.pathsep.join(["layers/carillon", f"functions/{function}"])
    result = subprocess.run(
        [sys.executable, "-c", program], env=env | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
