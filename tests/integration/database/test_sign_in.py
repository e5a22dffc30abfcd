"""Sign-in by IAM over verified TLS: a real PostgreSQL with TLS, behind a proxy that checks tokens (guard.py)."""

import io
import json
import os
import shutil
import ssl
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from carillon.database import sign_in
from carillon.database.connection import Database, connect, statement
from carillon.errors import Unavailable
from carillon.settings.base import SchemaSettings
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.support.certificates import Authority
from tests.support.environment import RUN_DIR, free_port
from tests.support.rds_guard import Guard

HOST = "db.carillon.test"
DEBIANS = Path("/usr/lib/postgresql/15/bin")
ADMINISTRATORS_PASSWORD = "testing-administrator"

pytestmark = pytest.mark.skipif(
    not DEBIANS.exists(), reason="the embedded PostgreSQL has no TLS: apt install postgresql-15"
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "an-authority")


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[Postgres]:
    """Yield a PostgreSQL 15 with TLS, an administrator without superuser, and an empty database."""
    data_dir = Path(os.environ[RUN_DIR], f"tls-{uuid.uuid4().hex}")
    plain = Postgres(data_dir, port=free_port(), bin_dir=DEBIANS, config=THROWAWAY)
    plain.start()
    plain.stop()
    certificate = data_dir / "server.pem"
    shutil.copy(authority.certify(HOST), certificate)
    shutil.chown(certificate, data_dir.owner(), data_dir.group())
    certificate.chmod(0o600)
    tls = {"ssl": "on", "ssl_cert_file": str(certificate), "ssl_key_file": str(certificate)}
    running = Postgres(data_dir, port=plain.port, bin_dir=DEBIANS, config=THROWAWAY | tls)
    try:
        running.start()
        with psycopg.connect(running.url("postgres"), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE administrator LOGIN CREATEROLE")
            superuser.execute("CREATE DATABASE carillon OWNER administrator")
        with psycopg.connect(running.url(user="administrator"), autocommit=True) as administrator:
            administrator.execute(statement("migrations/prepare_roles"))
        yield running
    finally:
        running.stop()
        shutil.rmtree(data_dir)


@pytest.fixture
def guard(server: Postgres, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Guard]]:
    """Yield `guard(certificate=…, clock=…)`, a proxy before the server. Without arguments its certificate is valid."""
    monkeypatch.setattr(sign_in, "AUTHORITIES", authority.file)
    opened: list[Guard] = []

    def open_guard(**options: Any) -> Guard:
        backend_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        backend_tls.check_hostname = False
        backend_tls.load_verify_locations(authority.file)
        usual: dict[str, Any] = {
            "certificate": authority.certify(HOST),
            "passwords": {"administrator": ADMINISTRATORS_PASSWORD},
        }
        made = Guard(
            ("127.0.0.1", server.port), backend_tls, host=HOST, secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            **(usual | options),
        )  # fmt: skip
        opened.append(made)
        return made

    yield open_guard
    for each in opened:
        each.close()


def settings(guard: Guard, *, user: str = "carillon", host: str = HOST, more: str = "") -> SchemaSettings:
    url = f"postgresql://{user}@{host}:{guard.port}/carillon?hostaddr=127.0.0.1{more}"
    return SchemaSettings(database_url=url, database_iam_auth=True)


def refused(guard: Guard, logs: io.StringIO, **address: str) -> dict[str, Any]:
    """Expect that a sign-in is refused as a temporary error, and return its log line."""
    database = Database(settings(guard, **address))
    with pytest.raises(Unavailable):
        database.check()
    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    log_lines = [line for line in lines if line["message"] == "database_refused"]
    assert len(log_lines) == 1, "a refused sign-in must not be repeated"
    assert log_lines[0]["level"] == "ERROR"
    assert log_lines[0]["hint"]
    assert "X-Amz" not in logs.getvalue()
    return log_lines[0]


def test_a_function_signs_in_by_a_token_over_tls(guard: Callable[..., Guard]) -> None:
    here = guard()
    with connect(settings(here)) as connection:
        row = connection.execute(
            "SELECT current_user AS who, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).fetchone()
    assert row == {"who": "carillon", "ssl": True}
    assert [token.partition("/?")[0] for token in here.received] == [f"{HOST}:{here.port}"]


def test_a_broken_connection_is_replaced_with_a_new_token(server: Postgres, guard: Callable[..., Guard]) -> None:
    here = guard()
    database = Database(settings(here))
    [first] = database.rows("connection/set_statement_timeout", {"timeout": "5s"})
    with psycopg.connect(server.url(), autocommit=True) as superuser:
        superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'carillon'")
    assert database.rows("connection/set_statement_timeout", {"timeout": "5s"}) == [first]
    database.close()
    assert len(here.received) == 2


@pytest.mark.parametrize(
    ("reason", "options", "address", "passwords"),
    [
        ("certificate_of_another_host", {}, {"host": "alias.carillon.test"}, 0),
        ("no_tls", {"certificate": None}, {}, 0),
        ("sign_in_refused", {"clock": lambda: datetime.now(UTC) + timedelta(minutes=16)}, {}, 1),
        ("sign_in_refused", {"secret_key": "another"}, {}, 1),
        ("sign_in_refused", {"host": "another.carillon.test"}, {}, 1),
    ],
    ids=["another host's certificate", "no TLS", "an expired token", "another key", "a token for another host"],
)
def test_a_refused_sign_in_logs_its_reason(
    guard: Callable[..., Guard], logs: io.StringIO, reason: str, options: dict[str, Any], address: dict[str, str],
    passwords: int,
) -> None:  # fmt: skip
    here = guard(**{name: value for name, value in options.items() if name not in ("secret_key", "host")})
    for name in ("secret_key", "host"):
        setattr(here, name, options.get(name, getattr(here, name)))
    assert refused(here, logs, **address)["reason"] == reason
    assert len(here.received) == passwords, "the client may send a token only after it verified the certificate"


def test_a_certificate_of_an_unknown_authority_gets_no_token(
    guard: Callable[..., Guard], logs: io.StringIO, tmp_path: Path
) -> None:
    here = guard(certificate=Authority(tmp_path, "another").certify(HOST))
    assert refused(here, logs)["reason"] == "certificate_not_trusted"
    assert here.received == []


def test_the_certificates_of_amazon_load_and_trust_no_other_authority(
    guard: Callable[..., Guard], logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = guard()
    monkeypatch.undo()  # use the file that is in the layer
    assert refused(here, logs)["reason"] == "certificate_not_trusted"


def test_a_token_of_one_role_is_not_valid_for_another(guard: Callable[..., Guard]) -> None:
    here = guard()
    token = sign_in.iam_token(settings(here).database_url)
    assert here._is_token(token, "carillon")
    assert not here._is_token(token, "carillon_owner")


@pytest.mark.parametrize("mode", ["disable", "allow", "require", "verify-ca"])
def test_an_address_cannot_weaken_the_check_of_the_certificate(
    guard: Callable[..., Guard], tmp_path: Path, mode: str
) -> None:
    here = guard(certificate=Authority(tmp_path, "another").certify(HOST))
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connect(settings(here, more=f"&sslmode={mode}"))
    assert here.received == []


def test_a_role_at_its_connection_limit_is_reported(
    server: Postgres, guard: Callable[..., Guard], logs: io.StringIO
) -> None:
    here = guard()
    with psycopg.connect(server.url(), autocommit=True) as superuser:
        superuser.execute("ALTER ROLE carillon CONNECTION LIMIT 1")
        try:
            with connect(settings(here)):
                assert refused(here, logs)["reason"] == "too_many_connections"
        finally:
            superuser.execute("ALTER ROLE carillon CONNECTION LIMIT 80")
