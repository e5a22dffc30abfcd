"""The operator's side of the demo, on the real path: the operator function, and the command `carillon`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from devstack.aws.emulator import Emulator
from devstack.machine.options import STACK_NAME, Options
from devstack.machine.processes import environment

REPLAY = ("carillon", "dlq", "replay")
WITHIN_SECONDS = 120


class OperatorFails(Exception):
    """The operator's function or command did not do it; the message says why."""


class DemoOperator:
    """Looks at what failed, and replays it."""

    def __init__(self, options: Options, emulator: Emulator) -> None:
        self._options = options
        self._emulator = emulator
        self._function = ""

    def failed(self) -> dict[str, Any]:
        """What the operator function says of failed deliveries. OperatorFails when it does not answer."""
        event = {"action": "failed", "operator": "demo", "arguments": {"limit": 50}}
        reply = self._emulator.client("lambda").invoke(FunctionName=self._name(), Payload=json.dumps(event).encode())
        told: dict[str, Any] = json.loads(reply["Payload"].read() or b"null") or {}
        if "result" not in told:
            raise OperatorFails(f"The operator's function failed: {told.get('error') or told.get('errorMessage')}")
        return told["result"]

    def replay(self) -> dict[str, Any]:
        """Run `carillon dlq replay` in a folder below a checkout, as a person does; what it printed."""
        command = Path(sys.executable).with_name(REPLAY[0])
        try:
            done = subprocess.run(
                [command, *REPLAY[1:]], cwd=self._checkout(), env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=WITHIN_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OperatorFails(f"{' '.join(REPLAY)} did not run: {error}") from None
        return {"command": " ".join(REPLAY), "code": done.returncode, "printed": done.stdout.strip()}

    def _environment(self) -> dict[str, str]:
        return environment(self._options) | {"COLUMNS": "76", "LANG": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb"}

    def _checkout(self) -> Path:
        """A folder whose `.local` is this devstack's: the command looks for it, and our state may lie elsewhere."""
        folder = self._options.scratch / "operator"
        folder.mkdir(parents=True, exist_ok=True)
        local = folder / ".local"
        if not local.is_symlink():
            local.symlink_to(os.path.relpath(self._options.state, folder), target_is_directory=True)
        return folder

    def _name(self) -> str:
        if not self._function:
            stack = self._emulator.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
            outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
            self._function = outputs["OperatorFunctionName"]
        return self._function
