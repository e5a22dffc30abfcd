"""Fixtures and options of all tests.

No test reaches AWS: the credentials are made up before anything is imported, and `aws` plays the services.
"""

import io
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TextIO, cast

import boto3
import botocore.session
import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from moto import mock_aws

from devstack.machine.postgres import Postgres
from tests.support import aws_calls, log_leaks
from tests.support.environment import RUN_DIR, FakeLambdaContext, log_dir, memory_dir, postgres_bin_dir
from tests.support.without_aws import REGION, leave_aws

leave_aws()
# Share the descriptions of AWS services between sessions. Otherwise each test with `aws` parses them again, and needs
# 0.15 s more for three clients.
botocore.session.create_loader = cache(botocore.session.create_loader)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        metavar="MAJOR or FOLDER",
        default=os.environ.get("CARILLON_POSTGRES", "embedded"),
        help="run on Debian's PostgreSQL of this major version, e.g. 15, or on that of a folder with bin/postgres, "
        "instead of the embedded 18",
    )
    parser.addoption("--write-examples", action="store_true", help="write contract/answers.json; change no test")


KEEPING = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[KEEPING] = ExitStack()
    if not hasattr(config, "workerinput"):  # the one process that starts and outlives the workers
        postgres_bin_dir(config)
        os.environ[RUN_DIR] = tempfile.mkdtemp(prefix="carillon-test-", dir=memory_dir())
    folder = log_dir()
    keeper = config.stash[KEEPING].enter_context(log_leaks.keep_log(folder))
    config.stash[KEEPING].enter_context(aws_calls.record_calls(folder.with_name("calls")))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(aws_calls.Comparer(folder.with_name("calls")))
        config.pluginmanager.register(log_leaks.Reader(folder, keeper))


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[KEEPING].close()
    if not hasattr(config, "workerinput") and RUN_DIR in os.environ:
        run_dir = Path(os.environ.pop(RUN_DIR))
        Postgres(run_dir / "postgres", port=0, bin_dir=postgres_bin_dir(config)).stop()
        shutil.rmtree(run_dir)


@cache
def shared_session() -> boto3.Session:
    """Return the session of all tests with `aws`. A new one takes 9 ms of CPU time. Each test makes its own clients."""
    return boto3.Session(region_name=REGION)


@pytest.fixture
def aws() -> Iterator[boto3.Session]:
    """AWS, played by moto, empty at the start of each test: `aws.client("sqs").create_queue(…)`."""
    with mock_aws():
        boto3.DEFAULT_SESSION = shared_session()  # moto restores the earlier one
        yield shared_session()


@pytest.fixture
def lambda_context() -> FakeLambdaContext:
    """The context that a handler is called with, 30 seconds before its deadline."""
    return FakeLambdaContext()


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """All that is logged during the test, as the functions would write it: `logs.getvalue()`, one JSON object a line.

    A module whose handler the test calls must be imported at the top of the test's module.
    """
    text = io.StringIO()
    with ExitStack() as stack:
        powertools = logging.getLogger(os.environ["POWERTOOLS_SERVICE_NAME"])
        for handler in powertools.handlers:
            if isinstance(handler, logging.StreamHandler):
                own = cast("logging.StreamHandler[TextIO]", handler)
                stack.callback(own.setStream, own.stream)
                own.setStream(text)
        others = logging.StreamHandler(text)
        others.setFormatter(LambdaPowertoolsFormatter())
        if powertools.handlers:  # it and its children are heard already
            others.addFilter(lambda record: not record.name.startswith(powertools.name))
        logging.root.addHandler(others)
        stack.callback(logging.root.removeHandler, others)
        yield text
