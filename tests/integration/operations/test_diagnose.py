"""The action `diagnose`: the real database with its roles, and services on loopback that answer, refuse or hang."""

import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import psycopg
import pytest

from carillon.aws import reachability
from carillon.database.migrations import MIGRATIONS
from carillon.operations import diagnosis
from carillon.settings import OperatorSettings
from devstack.machine.postgres import Postgres
from tests.integration.database.conftest import bare, prepare
from tests.integration.database.test_roles import migrated
from tests.support.environment import as_superuser
from tests.support.loopback_server import serving
from tests.support.operator_function import ask, operator_function
from tests.support.service import Service

__all__ = ["bare", "prepare"]

ROLES = ("carillon_owner", "carillon", "carillon_api", "carillon_read")


class Refusing(BaseHTTPRequestHandler):
    """A service that refuses a request without credentials, as those of AWS do."""

    def do_GET(self) -> None:
        assert self.headers["Authorization"] is None
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def answering() -> Iterator[str]:
    with serving(Refusing) as address:
        yield address


@pytest.fixture
def hanging() -> Iterator[str]:
    """Yield the address of a server that accepts connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def function(service: Service) -> Iterator[None]:
    with operator_function():
        yield


def reaching(monkeypatch: pytest.MonkeyPatch, **urls: str) -> None:
    """Give the services other addresses, as a network does."""
    for service, url in urls.items():
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", url)


def test_a_service_is_reached_if_it_gives_any_answer(
    function: None, answering: str, hanging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reachability, "READ_SECONDS", 0.3)
    reaching(monkeypatch, sqs=answering, sesv2=answering, sns=hanging, secrets_manager="http://127.0.0.1:1")
    endpoints = {each["service"]: each for each in ask("diagnose")["endpoints"]}
    assert {name: (each["reached"], each["error"]) for name, each in endpoints.items()} == {
        "sqs": (True, None),
        "sesv2": (True, None),
        "sns": (False, "ReadTimeoutError"),
        "secretsmanager": (False, "NewConnectionError"),
    }
    assert {each["host"] for each in endpoints.values()} == {"127.0.0.1"}


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("sqs", "sesv2", "sns", "secrets_manager")
    reaching(monkeypatch, **dict.fromkeys(names, "http://127.0.0.1:1"))


def test_the_database_is_asked_on_a_new_connection(function: None, nowhere: None, database_url: str) -> None:
    database = ask("diagnose")["database"]
    assert database["missing_migrations"] == []
    assert {role["name"]: role["exists"] for role in database["roles"]} == dict.fromkeys(ROLES, True)
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'carillon'"
    with psycopg.connect(as_superuser(database_url)) as superuser:
        [(connections,)] = superuser.execute(count).fetchall()
    assert connections == 0, "the container's own connection is not used, and the new one is closed"


def test_a_file_that_the_database_lacks_is_named(function: None, nowhere: None, database_url: str) -> None:
    newest = max(path.name for path in MIGRATIONS.glob("*.sql"))
    with psycopg.connect(as_superuser(database_url), autocommit=True) as superuser:
        superuser.execute("DELETE FROM carillon.migrations WHERE name = %s", (newest,))
    assert ask("diagnose")["database"]["missing_migrations"] == [newest]


def test_a_database_that_does_not_answer_is_an_answer(
    service: Service, nowhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://carillon@127.0.0.1:1/carillon")
    with operator_function():
        answer = ask("diagnose")
    assert answer["database"] is None
    assert answer["database_error"] == "refused OperationalError"
    assert len(answer["endpoints"]) == 4


def test_a_database_that_hangs_is_given_up_in_time(
    service: Service, nowhere: None, hanging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://carillon@{hanging.removeprefix('http://')}/carillon")
    began = time.monotonic()
    with operator_function():
        assert ask("diagnose")["database"] is None
    assert time.monotonic() - began < 10


def test_the_roles_of_a_deploy_have_the_rights_and_shares_that_the_command_expects(
    bare: Postgres, prepare: Callable[[], None]
) -> None:
    prepare()
    migrated(bare, "carillon_owner")
    prepare()  # the first deploy after an upgrade leaves a limit as it is
    settings = OperatorSettings(database_url=bare.url(user="carillon"), queue_url="x")
    state = diagnosis._ask_database(settings)
    for role in state.roles:
        assert (role.exists, role.signs_in, role.privileged) == (True, True, False), role
        assert role.connection_limit == role.share, role
    assert state.roles[0].share is None

    with psycopg.connect(bare.url(), autocommit=True) as superuser:
        superuser.execute("ALTER ROLE carillon_read CREATEDB CONNECTION LIMIT -1 NOLOGIN")
    changed = diagnosis._ask_database(settings).roles[-1]
    assert (changed.signs_in, changed.privileged, changed.connection_limit) == (False, True, None)

    # On RDS, a role outside rds_iam cannot sign in with IAM.
    with psycopg.connect(bare.url(), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE rds_iam; GRANT rds_iam TO carillon")
    signs_in = {role.name: role.signs_in for role in diagnosis._ask_database(settings).roles}
    assert (signs_in["carillon"], signs_in["carillon_api"]) == (True, False)
