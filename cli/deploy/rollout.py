"""A gradual rollout: aliases for the functions of the API, and CodeDeploy, which sends requests to a new version.

    python -m cli.deploy.rollout .aws-sam/build/template.yaml canary-10-percent-10-minutes samconfig.toml

This writes a template beside a built one, for pipelines that call `sam deploy` themselves, and prints its path. The
files after the rollout hold the values of the stack's parameters. It needs PyYAML, which AWS SAM has too.
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any, cast

# The names that CodeDeploy gives them: all of its own configurations for Lambda, except the one that takes no time.
ROLLOUTS = {
    "canary-10-percent-5-minutes": "Canary10Percent5Minutes",
    "canary-10-percent-10-minutes": "Canary10Percent10Minutes",
    "canary-10-percent-15-minutes": "Canary10Percent15Minutes",
    "canary-10-percent-30-minutes": "Canary10Percent30Minutes",
    "linear-10-percent-every-1-minute": "Linear10PercentEvery1Minute",
    "linear-10-percent-every-2-minutes": "Linear10PercentEvery2Minutes",
    "linear-10-percent-every-3-minutes": "Linear10PercentEvery3Minutes",
    "linear-10-percent-every-10-minutes": "Linear10PercentEvery10Minutes",
}
NONE = "all-at-once"
MINUTES = 180  # to wait for a stack: the longest rollout takes 90, and a change of the database as long
_OVERLAY = Path(__file__).with_name("rollout.yaml")


def write_rollout(built: Path, rollout: str, *values: bytes, urgent: bool = False) -> Path:
    """Write the template of a rollout beside the built one, and return its path.

    Without a rollout, write nothing and return the built one. `values` are the values of the stack's parameters, in any
    form. With `urgent`, CloudFormation moves each alias at once, without CodeDeploy: a group that the template leaves
    without alarms keeps those that it had. The next deploy makes the groups again.
    """
    if rollout == NONE:
        return built
    import yaml  # here, because no other command needs it

    text = _OVERLAY.read_text("utf-8")
    words = {"@TYPE@": ROLLOUTS[rollout], "@REVISION@": revision(built, *values), "@ROLLOUT@": rollout}
    for word, value in words.items():
        text = text.replace(word, value)
    overlay = json.loads(json.dumps(yaml.safe_load(text)))  # CloudFormation reads no aliases of YAML
    if urgent:
        for each in overlay["Resources"].values():
            each["Properties"].pop("DeploymentPreference", None)
    target = built.with_name("rollout.yaml")
    joined = merged(yaml.safe_load(built.read_text("utf-8")), overlay)
    target.write_text(yaml.safe_dump(joined, sort_keys=False), "utf-8")
    return target


def revision(built: Path, *values: bytes) -> str:
    """Return a digest of everything that a deploy can change in a function: all that was built, and the values.

    The built template is a part of it, so a function that has an address of another resource changes with it.
    """
    digest = hashlib.sha256()
    folder = built.parent
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / "rollout.yaml")
    for path in files:
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    for value in values:
        digest.update(b"\0%d\0" % len(value) + value)
    return digest.hexdigest()[:16]


def merged(base: Any, more: Any) -> Any:
    """Return `base` with the keys of `more` added, at every depth. Anything but a mapping is replaced."""
    if not (isinstance(base, dict) and isinstance(more, dict)):
        return more
    first, second = cast("dict[str, Any]", base), cast("dict[str, Any]", more)
    return first | {key: merged(first.get(key), value) for key, value in second.items()}


def main() -> None:
    """Run the module."""
    parser = argparse.ArgumentParser(description="Write the template of a gradual rollout beside a built one.")
    parser.add_argument("built", type=Path, help="the template that `sam build` has written")
    parser.add_argument("rollout", choices=[NONE, *ROLLOUTS])
    parser.add_argument("values", type=Path, nargs="*", help="files with the values of the stack's parameters")
    parser.add_argument("--urgent", action="store_true", help="send all requests to the new version at once")
    given = parser.parse_args()
    print(write_rollout(given.built, given.rollout, *(path.read_bytes() for path in given.values), urgent=given.urgent))


if __name__ == "__main__":
    main()
