"""The parts of the devstack, each by itself: issuer, tokens, lock, leftovers, checks, resolver."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jwt
import psutil
import pytest
import urllib3
from typer.testing import CliRunner

from cli.main import app
from devstack.aws.intrinsics import Resolver
from devstack.aws.issuer import Issuer
from devstack.machine.checks import check_node, check_ports
from devstack.machine.lock import Registry, is_running, only_one
from devstack.machine.options import HOST, PRODUCER_SCOPE, DevstackError, Options
from devstack.machine.web import Site


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[tuple[Issuer, str]]:
    port = free_port()
    url = f"http://{HOST}:{port}"
    signer = Issuer(url, tmp_path / "key.pem")
    site = Site(port, signer.site)
    yield signer, url
    site.stop()


def claims_of(token: str, url: str) -> dict[str, object]:
    """Verify a token with nothing but the issuer's address, as API Gateway does, and return its claims."""
    document = urllib3.request("GET", f"{url}/.well-known/openid-configuration").json()
    keys = {key["kid"]: key for key in urllib3.request("GET", document["jwks_uri"]).json()["keys"]}
    key = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]])
    return jwt.decode(token, key, algorithms=["RS256"], audience="carillon", issuer=url)


def test_a_token_can_be_verified_with_the_issuers_address_alone(issuer: tuple[Issuer, str]) -> None:
    signer, url = issuer
    claims = claims_of(signer.token("alice", scope=PRODUCER_SCOPE, client_id="billing"), url)
    assert (claims["sub"], claims["scope"], claims["client_id"]) == ("alice", PRODUCER_SCOPE, "billing")
    assert "scope" not in claims_of(signer.token("alice"), url)
    with pytest.raises(jwt.ExpiredSignatureError):
        claims_of(signer.token("alice", expires_in=0), url)


def test_a_token_outlives_a_restart(tmp_path: Path) -> None:
    key_file = tmp_path / "key.pem"
    token = Issuer("http://issuer", key_file).token("alice")
    port = free_port()
    site = Site(port, Issuer(f"http://{HOST}:{port}", key_file).site)
    try:
        [key] = urllib3.request("GET", f"http://{HOST}:{port}/jwks.json").json()["keys"]
    finally:
        site.stop()
    assert jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"], audience="carillon")["sub"] == "alice"
    assert key_file.stat().st_mode & 0o077 == 0


def test_carillon_token_prints_the_token_and_nothing_else(
    issuer: tuple[Issuer, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, url = issuer
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps({"issuer": url}))
    (tmp_path / "subfolder").mkdir()
    monkeypatch.chdir(tmp_path / "subfolder")
    result = CliRunner().invoke(app, ["token", "--user", "alice", "--scope", PRODUCER_SCOPE, "--expires-in", "60"])
    assert result.exit_code == 0
    claims = claims_of(result.stdout.removesuffix("\n"), url)
    assert claims["sub"] == "alice"
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 60


def test_carillon_token_says_how_to_start_a_devstack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["token", "--user", "alice"])
    assert result.exit_code == 3
    assert "make run" in result.stderr
    assert not result.stdout


def test_only_one_devstack_holds_a_folder(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    with only_one(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(DevstackError, match=f"already running.*kill {os.getpid()}"), only_one(tmp_path):
            pass
    assert not is_running(tmp_path)
    with only_one(tmp_path):  # the file still exists, and does not block the next devstack
        pass


def test_processes_that_a_killed_devstack_left_running_are_stopped(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as left:
        Registry(tmp_path).add(left.pid)
        assert Registry(tmp_path).stop_leftovers() == 1
        assert not psutil.pid_exists(left.pid)
    assert Registry(tmp_path).stop_leftovers() == 0


def test_a_process_that_reuses_the_id_of_an_old_one_is_not_stopped(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        started = psutil.Process(other.pid).create_time()
        (tmp_path / "processes.json").write_text(json.dumps([[other.pid, started - 1000]]))
        assert Registry(tmp_path).stop_leftovers() == 0
        assert other.poll() is None
        other.communicate(b"\n", timeout=10)
        assert other.returncode == 0


def test_a_port_in_use_is_named_with_the_process_that_uses_it(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        holder.listen()
        options = Options(state=tmp_path, port=holder.getsockname()[1])
        with pytest.raises(DevstackError, match=rf"the API.*process {os.getpid()} .*CARILLON_PORT="):
            check_ports(options)


@pytest.mark.parametrize("version", ["v18.20.4", "nothing that looks like a version"])
def test_an_old_node_is_refused(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho '{version}'\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevstackError, match="Node 20 or newer"):
        check_node()
    node.unlink()
    with pytest.raises(DevstackError, match=r"Node is not on PATH(?s:.*)brew install node\n(?s:.*)apt install nodejs"):
        check_node()


def test_conditions_and_references_are_resolved() -> None:
    template = {
        "Parameters": {"Origins": {"Type": "CommaDelimitedList"}, "Mode": {"Type": "String"}},
        "Conditions": {
            "Set": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Origins"}]}, ""]}]},
            "Both": {"Fn::And": [{"Condition": "Set"}, {"Fn::Equals": [{"Ref": "Mode"}, "on"]}]},
        },
    }
    body = {"a": {"Fn::If": ["Both", {"Ref": "Origins"}, {"Ref": "AWS::NoValue"}]}, "b": [{"Ref": "Unknown"}]}
    assert Resolver(template, {"Origins": "x, y", "Mode": "on"}).resolve(body) == {
        "a": ["x", "y"],
        "b": [{"Ref": "Unknown"}],
    }
    assert Resolver(template, {"Origins": "", "Mode": "on"}).resolve(body) == {"b": [{"Ref": "Unknown"}]}
