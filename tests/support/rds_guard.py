"""A simulation of the sign-in to RDS: TLS, and a check of the token that a role signs in with.

RDS passes the password to a PAM module, which checks it as a request signed by IAM. This small server does the same. It
accepts the connection, asks for the password in clear text inside TLS, and computes the signature itself. If the
signature is right, it passes the connection on to a real PostgreSQL.
"""

import hashlib
import hmac
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote

SSL_REQUEST = 80877103
VALID_SECONDS = 900
IDLE_SECONDS = 10


@dataclass
class Guard:
    """A server on the loopback address. `passwords` has the roles with a password, `received` all passwords so far."""

    backend: tuple[str, int]
    backend_tls: ssl.SSLContext
    certificate: Path | None  # with its key; None simulates a server without TLS
    host: str
    secret_key: str
    passwords: dict[str, str] = field(default_factory=dict[str, str])
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    received: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening. Open connections last until their clients close them."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(IDLE_SECONDS)
        try:
            [code] = struct.unpack("!I", _framed(client)[:4])
            if code == SSL_REQUEST:
                if self.certificate is None:
                    client.sendall(b"N")
                    return
                client.sendall(b"S")
                tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                tls.load_cert_chain(self.certificate)
                client = tls.wrap_socket(client, server_side=True)
            startup = _framed(client)
            words = startup[4:].split(b"\0")
            user = dict(zip(words[::2], words[1::2], strict=False))[b"user"].decode()
            client.sendall(struct.pack("!cII", b"R", 8, 3))  # AuthenticationCleartextPassword
            assert client.recv(1) == b"p"
            password = _framed(client).rstrip(b"\0").decode()
            self.received.append(password)
            if not (self.passwords.get(user) == password or self._is_token(password, user)):
                method = "password" if user in self.passwords else "PAM"  # RDS asks PAM for members of rds_iam
                client.sendall(_refusal(f'{method} authentication failed for user "{user}"'))
                return
            self._pass_on(client, startup)
        except (OSError, AssertionError, struct.error):
            pass  # the client closed the connection
        finally:
            client.close()

    def _is_token(self, token: str, user: str) -> bool:
        """Return True if the token is a request to connect here as this user, signed within the last 900 s."""
        address, _, query = token.partition("/?")
        given = dict(parse_qsl(query))
        signature = given.pop("X-Amz-Signature", "")
        if address != f"{self.host}:{self.port}" or given.get("DBUser") != user or given.get("Action") != "connect":
            return False
        signed_at = datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if not 0 <= (self.clock() - signed_at).total_seconds() + 60 <= VALID_SECONDS + 60:
            return False
        _, *scope = given["X-Amz-Credential"].split("/")
        canonical = "&".join(f"{quote(name, safe='-_.~')}={quote(given[name], safe='-_.~')}" for name in sorted(given))
        request = "\n".join(
            ["GET", "/", canonical, f"host:{address}", "", "host", hashlib.sha256(b"").hexdigest()]
        ).encode()
        text = "\n".join(
            ["AWS4-HMAC-SHA256", given["X-Amz-Date"], "/".join(scope), hashlib.sha256(request).hexdigest()]
        )
        key = f"AWS4{self.secret_key}".encode()
        for part in scope:
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signature)

    def _pass_on(self, client: socket.socket, startup: bytes) -> None:
        plain = socket.create_connection(self.backend, timeout=IDLE_SECONDS)
        plain.sendall(struct.pack("!II", 8, SSL_REQUEST))
        assert plain.recv(1) == b"S"
        with self.backend_tls.wrap_socket(plain) as server:
            server.sendall(struct.pack("!I", len(startup) + 4) + startup)
            there = threading.Thread(target=_copy, args=[client, server], daemon=True)
            there.start()
            _copy(server, client)
            there.join()


def _framed(client: socket.socket) -> bytes:
    """Read a message and return it without its length."""
    [length] = struct.unpack("!I", _exactly(client, 4))
    return _exactly(client, length - 4)


def _exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise OSError("hung up")
        data += more
    return data


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _refusal(words: str) -> bytes:
    fields = b"".join(kind + text.encode() + b"\0" for kind, text in ((b"S", "FATAL"), (b"C", "28000"), (b"M", words)))
    return struct.pack("!cI", b"E", len(fields) + 5) + fields + b"\0"
