"""The operator's part of the demo. It uses what operators use: the operator function and the command `carillon`."""

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


class OperatorError(Exception):
    """The operator function or the command failed. The message gives the reason."""


class DemoOperator:
    """Lists failed deliveries and replays them."""

    def __init__(self, options: Options, emulator: Emulator) -> None:
        self._options = options
        self._emulator = emulator
        self._function = ""

    def failed(self) -> dict[str, Any]:
        """Return the operator function's list of failed deliveries. Raise OperatorError if it gives none."""
        event = {"action": "failed", "operator": "demo", "arguments": {"limit": 50}}
        reply = self._emulator.client("lambda").invoke(FunctionName=self._name(), Payload=json.dumps(event).encode())
        answer: dict[str, Any] = json.loads(reply["Payload"].read() or b"null") or {}
        if "result" not in answer:
            raise OperatorError(f"The operator function failed: {answer.get('error') or answer.get('errorMessage')}")
        return answer["result"]

    def replay(self) -> dict[str, Any]:
        """Run `carillon dlq replay` as an operator does. Return the command, its exit code and its output."""
        program = Path(sys.executable).with_name(REPLAY[0])
        try:
            completed = subprocess.run(
                [program, *REPLAY[1:]], cwd=self._checkout(), env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=WITHIN_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OperatorError(f"{' '.join(REPLAY)} did not run: {error}") from None
        return {"command": " ".join(REPLAY), "code": completed.returncode, "printed": completed.stdout.strip()}

    def _environment(self) -> dict[str, str]:
        return environment(self._options) | {"COLUMNS": "76", "LANG": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb"}

    def _checkout(self) -> Path:
        """Return a folder whose `.local` is this devstack's state, because the command looks for `.local` there."""
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
