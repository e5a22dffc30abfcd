"""The calls of AWS SAM. Its output goes to the standard error, because the standard output is the command's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.deploy.cloud import TAG
from cli.deploy.folder import Environment, WrongFolder
from cli.deploy.rollout import MINUTES, NONE

_STDERR = 2  # the file descriptor
_INSTALL = "docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html"


class SamFailed(Exception):
    """SAM ended with an error. It has printed the reason."""


class Sam:
    """AWS SAM for one environment. It works in `work`, the folder of what a deploy writes.

    Raises:
        SamFailed: (every method that calls it) it ended with an error.
    """

    def __init__(self, work: Path, environment: Environment, profile: str | None) -> None:
        self._work = work
        self._environment = environment
        self._place = ["--region", environment.region, *(["--profile", profile] if profile else [])]
        # The Python of this command runs. Another python3.13 on the PATH may be the stub of a version manager.
        self._path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

    def check(self) -> None:
        """Check that the programs of a build are there.

        Raises:
            WrongFolder: one is missing.
        """
        for program, remedy in (
            ("sam", f"Install AWS SAM: {_INSTALL}"),
            ("python3.13", "The functions run on Python 3.13, and the build needs it."),
            ("make", "The build of the layer needs it."),
        ):
            if shutil.which(program, path=self._path) is None:
                raise WrongFolder(f"{program} is not on the PATH. {remedy}")

    def build(self, sources: Path, values: Mapping[str, str]) -> Path:
        """Build the sources, and return the built template."""
        built = self._work / "built"
        self._run(
            "build", "--template-file", sources / "template.yaml", "--build-dir", built,
            "--cached", "--cache-dir", self._work / "cache", "--parallel",
            "--region", self._environment.region, "--parameter-overrides", *_overrides(values),
        )  # fmt: skip
        return built / "template.yaml"

    def deploy(
        self, template: Path, values: Mapping[str, str], *, execute: bool, confirm: bool, keep_failed: bool
    ) -> None:
        """Deploy the built template with a value for each parameter.

        Without `execute`, only show the changes. With `confirm`, ask before they are made. With `keep_failed`, what was
        created before a failure stays, and the next deploy continues.
        """
        bucket = self._environment.bucket
        self._run(
            "deploy", "--template-file", template, "--stack-name", self._environment.stack, *self._place,
            *(["--s3-bucket", bucket] if bucket else ["--resolve-s3"]),
            "--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset", "--no-progressbar",
            "--tags", f"{TAG}={self._environment.name}",
            "--disable-rollback" if keep_failed else "--no-disable-rollback",
            "--confirm-changeset" if confirm else "--no-confirm-changeset",
            *(["--role-arn", self._environment.role] if self._environment.role else []),
            *([] if execute else ["--no-execute-changeset"]),
            *([] if self._environment.rollout == NONE else ["--max-wait-duration", str(MINUTES)]),
            "--parameter-overrides", *_overrides(values),
        )  # fmt: skip

    def _run(self, *arguments: str | Path) -> None:
        environment = os.environ | {"PATH": self._path}
        done = subprocess.run(["sam", *arguments], cwd=self._work, env=environment, stdout=_STDERR, check=False)
        if done.returncode != 0:
            raise SamFailed(f"sam {arguments[0]} failed for {self._environment.stack}: the reason is above.")


def _overrides(values: Mapping[str, str]) -> Sequence[str]:
    """Return values as SAM parses them: in quotes, because a value may be empty or have spaces."""
    quoted = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in values.items()}
    return [f'{name}="{value}"' for name, value in quoted.items()]
