"""The administrator keeps its password on a server that lets members of rds_iam in without one only, as RDS does.

PostgreSQL 15 is the model: there, as on RDS, the creator of a role is no member of it, and may grant rds_iam.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from carillon.database.connection import statement
from carillon.database.migrations import migrate
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.support.environment import RUN_DIR, free_port

DEBIANS = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "testing-administrator"
# RDS has the line of rds_iam with PAM. The owner's own line stands for its token.
HBA = """
host all carillon_owner 127.0.0.1/32 trust
host all +rds_iam       127.0.0.1/32 reject
host all administrator  127.0.0.1/32 scram-sha-256
host all postgres       127.0.0.1/32 trust
"""

pytestmark = pytest.mark.skipif(not DEBIANS.exists(), reason="apt install postgresql-15")


@pytest.fixture
def rds() -> Iterator[Postgres]:
    data_dir = Path(os.environ[RUN_DIR], f"rds-{uuid.uuid4().hex}")
    server = Postgres(data_dir, port=free_port(), bin_dir=DEBIANS, config=THROWAWAY)
    try:
        server.start()
        with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
            superuser.execute(f"CREATE ROLE administrator LOGIN CREATEROLE PASSWORD '{PASSWORD}'".encode())
            superuser.execute("CREATE ROLE rds_iam")
            superuser.execute("CREATE DATABASE carillon OWNER administrator")
            (data_dir / "pg_hba.conf").write_text(HBA)
            superuser.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.stop()
        shutil.rmtree(data_dir)


def prepare(server: Postgres) -> None:
    """Run the first half of a deploy: the administrator signs in by password, and prepares the roles."""
    with psycopg.connect(server.url(user="administrator"), password=PASSWORD, autocommit=True) as administrator:
        administrator.execute(statement("migrations/prepare_roles"))


def roles(server: Postgres) -> set[str]:
    with psycopg.connect(server.url()) as superuser:
        return {name for (name,) in superuser.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^carillon'")}


def test_the_administrator_can_deploy_again_and_again(rds: Postgres) -> None:
    for _ in range(3):
        prepare(rds)
        with psycopg.connect(rds.url(user="carillon_owner"), autocommit=True) as owner:
            migrate(owner)
    assert roles(rds) == {"carillon", "carillon_api", "carillon_owner", "carillon_read"}
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        psycopg.connect(rds.url(user="carillon"))


def test_a_deploy_that_would_lock_the_administrator_out_changes_nothing(rds: Postgres) -> None:
    """PostgreSQL 16 makes the creator of a role a member of it. Any such path into rds_iam takes the password away."""
    with psycopg.connect(rds.url(), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE between ROLE administrator")
        superuser.execute("CREATE ROLE carillon_owner LOGIN ROLE between")
        superuser.execute("ALTER ROLE carillon_owner IN DATABASE carillon SET search_path = carillon")  # so it is ours
    for _ in range(2):
        with pytest.raises(psycopg.Error, match="as a member of rds_iam, administrator could no longer sign in"):
            prepare(rds)
    assert roles(rds) == {"carillon_owner"}
    with psycopg.connect(rds.url(), autocommit=True) as superuser:
        superuser.execute("REVOKE carillon_owner FROM between")
    prepare(rds)
    prepare(rds)


def test_an_administrator_that_signs_in_by_iam_anyway_may_prepare_the_roles(rds: Postgres) -> None:
    with psycopg.connect(rds.url(), autocommit=True) as superuser:
        superuser.execute("GRANT rds_iam TO administrator")
        superuser.execute("SET SESSION AUTHORIZATION administrator")  # its token was accepted
        superuser.execute(b"BEGIN")
        superuser.execute(statement("migrations/prepare_roles"))
        superuser.execute(b"COMMIT")
    assert len(roles(rds)) == 4
