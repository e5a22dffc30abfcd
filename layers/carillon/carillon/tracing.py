"""Subsegments for AWS X-Ray, in the form that AWS's own SDK sends, without that SDK.

The SDK imports botocore, and both together are a third of a cold start. Carillon needs one subsegment an invocation:
one UDP datagram to the X-Ray daemon, which Lambda runs beside a traced function. Sources: X-Ray developer guide, "Using
AWS X-Ray with AWS Lambda", "Sending segment documents to the X-Ray daemon" and "AWS X-Ray segment documents".
"""

import json
import os
import secrets
import socket
import time
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# The SDK creates this file to announce itself to Lambda: aws_xray_sdk/core/lambda_launcher.py.
ANNOUNCEMENT = Path("/tmp/.aws-xray/initialized")  # noqa: S108 - the path is fixed by the daemon

_HEADER = b'{"format": "json", "version": 1}\n'
_is_cold_start = True


def announce() -> None:
    """Tell Lambda that this function sends subsegments. Do nothing outside Lambda."""
    if "LAMBDA_TASK_ROOT" in os.environ:
        with suppress(OSError):
            ANNOUNCEMENT.parent.mkdir(exist_ok=True)
            ANNOUNCEMENT.touch()


@contextmanager
def invocation(name: str) -> Generator[None]:
    """Trace one invocation as the subsegment `## name`, if Lambda samples it.

    The subsegment has the annotations `ColdStart` and `Service`. An exception adds its type and its stack, but never
    its message, which may hold an address or the text of a notification.
    """
    global _is_cold_start  # noqa: PLW0603
    annotations = {"ColdStart": _is_cold_start and not _is_provisioned(), **_service()}
    _is_cold_start = False
    start = time.time()
    cause: dict[str, Any] = {}
    try:
        yield
    except Exception as error:
        cause = {"fault": True, "cause": _describe(error)}
        raise
    finally:
        _send(name, start, {"annotations": annotations, **cause})


def _is_provisioned() -> bool:
    """Return whether Lambda started the container before the first request needed it."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency"


def _service() -> dict[str, str]:
    return {"Service": service} if (service := os.environ.get("POWERTOOLS_SERVICE_NAME")) else {}


def _send(name: str, start: float, content: Mapping[str, Any]) -> None:
    """Send a subsegment to the daemon. A trace that cannot be sent must not fail the invocation."""
    parts = (part.partition("=") for part in os.environ.get("_X_AMZN_TRACE_ID", "").split(";"))
    header = {key: value for key, _, value in parts}
    host, _, port = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "").rpartition(":")
    traced = header.get("Sampled") == "1" and header.get("Root") and header.get("Parent") and host and port.isdecimal()
    if not traced or os.environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in ("true", "1"):
        return
    document = {
        "id": secrets.token_hex(8),
        "trace_id": header["Root"],
        "parent_id": header["Parent"],
        "type": "subsegment",
        "namespace": "local",
        "name": f"## {name}",
        "start_time": start,
        "end_time": time.time(),
        "in_progress": False,
        **content,
    }
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.setblocking(False)
        daemon.sendto(_HEADER + json.dumps(document).encode(), (host, int(port)))


def _describe(error: Exception) -> dict[str, Any]:
    """Return the cause of a fault: the type of the exception and its stack, the innermost frame last."""
    stack = [
        {"path": Path(frame.f_code.co_filename).name, "line": line, "label": frame.f_code.co_name}
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    exception = {"id": secrets.token_hex(8), "type": type(error).__name__, "remote": False, "stack": stack}
    return {"working_directory": str(Path.cwd()), "exceptions": [exception]}
