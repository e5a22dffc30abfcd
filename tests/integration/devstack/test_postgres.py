"""The PostgreSQL of the devstack: its data survives restarts, and it starts again after any kind of stop."""

import os
import signal
import socket
from pathlib import Path

import psutil
import psycopg
import pytest

from devstack.machine.postgres import THROWAWAY, Postgres, PostgresError
from tests.support.environment import RUN_DIR, free_port


@pytest.fixture
def server(own_postgres: Postgres) -> Postgres:
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE public.kept (word text)")
        connection.execute("INSERT INTO public.kept VALUES ('still here')")
    return own_postgres


def words(server: Postgres) -> list[tuple[str]]:
    with psycopg.connect(server.url()) as connection:
        return connection.execute("SELECT word FROM public.kept").fetchall()


def process(server: Postgres) -> psutil.Process:
    return psutil.Process(int((server.data_dir / "postmaster.pid").read_text().split()[0]))


def alive(process: psutil.Process) -> bool:
    # In a container a finished process may stay in the list as a zombie, because no parent collects it.
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_data_is_kept_and_no_process_runs_after_stop(server: Postgres) -> None:
    running = process(server)
    server.stop()
    server.stop()
    assert not alive(running)
    with pytest.raises(psycopg.OperationalError):
        words(server)

    server.start()
    assert words(server) == [("still here",)]
    assert server.create_database("carillon") is False
    assert server.create_database("another") is True


def test_a_killed_server_starts_again(server: Postgres) -> None:
    killed = process(server)
    os.kill(killed.pid, signal.SIGKILL)
    psutil.wait_procs([killed], timeout=10)
    assert not alive(killed)
    assert (server.data_dir / "postmaster.pid").exists()

    server.start()
    assert words(server) == [("still here",)]


def test_a_pid_file_of_another_process_does_not_prevent_the_start(server: Postgres) -> None:
    lines = (server.data_dir / "postmaster.pid").read_text().splitlines()
    server.stop()
    (server.data_dir / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))

    server.start()
    assert words(server) == [("still here",)]


def test_a_running_server_is_reused(server: Postgres) -> None:
    left = process(server)
    again = Postgres(server.data_dir, port=free_port(), bin_dir=server.bin_dir, config=THROWAWAY)
    again.start()
    assert not alive(left)
    assert words(again) == [("still here",)]


def test_an_interrupted_set_up_starts_again(server: Postgres) -> None:
    # Not in tmp_path: the server may run as another user, who cannot read the folders of pytest.
    data_dir = Path(os.environ[RUN_DIR], "interrupted")
    unfinished = data_dir.with_name("interrupted.unfinished")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")
    new = Postgres(data_dir, port=free_port(), bin_dir=server.bin_dir, config=THROWAWAY)
    new.start()
    assert new.create_database("carillon") is True
    new.stop()
    assert not unfinished.exists()


def test_a_used_port_is_named(server: Postgres) -> None:
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)), pytest.raises(PostgresError) as caught:
        server.start()
    assert f"port {server.port}" in str(caught.value)
    assert "Address already in use" in str(caught.value)


def test_data_of_another_version_and_other_files_are_not_changed(server: Postgres) -> None:
    server.stop()
    version = (server.data_dir / "PG_VERSION").read_text()
    (server.data_dir / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresError, match="made by PostgreSQL 9"):
        server.start()

    (server.data_dir / "PG_VERSION").unlink()
    with pytest.raises(PostgresError, match="holds no database"):
        server.start()
    (server.data_dir / "PG_VERSION").write_text(version)
