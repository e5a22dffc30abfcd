"""The packages that a function imports at its cold start, and the trace that it sends without the SDK of X-Ray."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.paths import ROOT
from tests.support.template import template
from tests.support.xray import Daemon

CONTEXT = """
from types import SimpleNamespace
context = SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="id")
"""


def run(function: str, program: str, environment: dict[str, str] | None = None) -> str:
    """Run a program in a new Python that can import the function, and return its output."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("layers/carillon", f"functions/{function}"))
    env = os.environ | {"PYTHONPATH": path, "LAMBDA_TASK_ROOT": "/var/task"} | (environment or {})
    return subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True).stdout


def modules(function: str) -> set[str]:
    """Return the modules that the import of a function imports."""
    name = "operate" if function == "operator" else function
    return set(json.loads(run(function, f"import json, sys, {name}; print(json.dumps(list(sys.modules)))")))


FUNCTIONS = [
    "create",
    "deliver",
    "live_authorizer",
    "live_hints",
    "operator",
    "provider_events",
    "read",
    "reaper",
    "recipients",
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_imports_the_sdk_of_aws_before_it_calls_aws(function: str) -> None:
    # Powertools imports the empty package botocore, to register a hook for its sessions.
    assert modules(function).isdisjoint({"aws_xray_sdk", "boto3", "botocore.session", "botocore.auth"})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_imports_what_few_texts_and_addresses_need(function: str) -> None:
    assert modules(function).isdisjoint({"grapheme", "idna"})


def test_creating_imports_nothing_for_templates() -> None:
    assert modules("create").isdisjoint({"jinja2", "babel", "carillon.templates.rendering"})


def test_reading_imports_nothing_for_channels_and_queues() -> None:
    assert modules("read").isdisjoint({"jinja2", "jwt", "urllib3", "carillon.channels", "carillon.deliveries"})


def test_a_function_imports_no_models_of_others() -> None:
    """A model costs up to a millisecond: pydantic builds its validator."""
    models = {"carillon.models.preferences", "carillon.models.provider_event"}
    assert modules("create").isdisjoint(models)
    assert modules("read").isdisjoint(models | {"carillon.settings.functions", "carillon.models.recorded"})


@pytest.mark.parametrize("function", ["create", "read"])
def test_no_function_searches_all_packages_for_plugins_of_pydantic(function: str) -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    disabled = {"PYDANTIC_DISABLE_PLUGINS": variables["PYDANTIC_DISABLE_PLUGINS"]}
    run(function, f"import importlib.metadata; importlib.metadata.entry_points = None; import {function}", disabled)


def test_a_function_builds_the_model_of_its_settings_before_the_first_request() -> None:
    program = """
import create
from carillon.settings import functions
print(functions.CreateSettings.__pydantic_complete__, functions.DeliverSettings.__pydantic_complete__)
"""
    assert run("create", program).split() == ["True", "False"]


@pytest.mark.parametrize("function", ["create", "deliver", "read"])
def test_a_sampled_invocation_is_traced(function: str) -> None:
    daemon = Daemon()
    program = f"import {function}\n{CONTEXT}\ntry:\n    {function}.handler({{}}, context)\nexcept Exception:\n    pass"
    try:
        run(function, program, daemon.environment() | {"POWERTOOLS_SERVICE_NAME": function})
        sent = daemon.receive()
    finally:
        daemon.close()
    assert (sent["name"], sent["annotations"]) == ("## handler", {"ColdStart": True, "Service": function})
