#!/usr/bin/env python3
"""Say in Markdown what a CloudFormation change set does, and refuse to lose what cannot be made again.

    aws cloudformation describe-change-set --change-set-name ARN | review_change_set.py [--allow ID,ID]

It exits with 1 if a resource of LASTING would be removed or replaced and --allow does not name its logical id.
Any Python from 3.9 runs this, without packages.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

Change = dict[str, Any]

# Type -> what a new one would cost.
LASTING = {
    "AWS::ApiGatewayV2::Api": "the API gets another address",
    "AWS::Cognito::UserPool": "people lose their accounts",
    "AWS::Cognito::UserPoolClient": "tokens of the client are refused, and its id and secret change",
    "AWS::Cognito::UserPoolDomain": "the token endpoint gets another address",
    "AWS::RDS::DBCluster": "the database is empty",
    "AWS::RDS::DBInstance": "the database is empty",
    "AWS::SES::EmailIdentity": "no email is sent until SES has verified the sender again",
}


def resource_changes(change_set: Change) -> list[Change]:
    """Return the changes of resources. Others are those of hooks."""
    return [one["ResourceChange"] for one in change_set.get("Changes", []) if "ResourceChange" in one]


def lost(change: Change) -> str:
    """Return what happens to the resource that exists: "removed", "replaced", "maybe replaced", or an empty text."""
    if change["Action"] == "Remove":
        return "removed"
    return {"True": "replaced", "Conditional": "maybe replaced"}.get(change.get("Replacement", ""), "")


def causes(change: Change) -> list[str]:
    """Return the properties that may force the replacement, sorted."""
    targets = (detail.get("Target", {}) for detail in change.get("Details", []))
    forcing = (one for one in targets if one.get("RequiresRecreation", "Never") != "Never")
    return sorted({one.get("Name") or one.get("Attribute", "?") for one in forcing})


def refused(changes: list[Change], allowed: set[str]) -> list[Change]:
    """Return the changes that lose something lasting without a word of a person."""
    return [one for one in changes if one["ResourceType"] in LASTING and lost(one) and name(one) not in allowed]


def name(change: Change) -> str:
    """Return the logical id."""
    return change["LogicalResourceId"]


def rows(changes: Iterable[Change]) -> Iterator[str]:
    """Return the rows of the table of what is removed or replaced."""
    for one in changes:
        effect = LASTING.get(one["ResourceType"], "")
        why = ", ".join(f"`{cause}`" for cause in causes(one))
        policy = f" ({one['PolicyAction']})" if one.get("PolicyAction") else ""  # such as Snapshot
        yield f"| `{name(one)}` | {one['ResourceType']} | {lost(one)}{policy} | {why} | {effect} |"


def report(change_set: Change, allowed: set[str]) -> str:
    """Return the page for a person who approves the change set."""
    changes = resource_changes(change_set)
    losing = [one for one in changes if lost(one)]
    losing.sort(key=lambda one: (one["ResourceType"] not in LASTING, name(one)))
    page = [f"## Change set of {change_set['StackName']}", "", f"`{change_set['ChangeSetId']}`", ""]
    for one in refused(changes, allowed):
        effect = LASTING[one["ResourceType"]]
        page.append(f"**Refused: `{name(one)}` would be {lost(one)}: {effect}.** Name it in `allow` if you mean it.")
        page.append("")
    if losing:
        page += ["| resource | type | existing one | because of | then |", "|---|---|---|---|---|", *rows(losing), ""]
    else:
        page += ["Nothing is removed or replaced.", ""]
    for title, action in (("Changed in place", "Modify"), ("New", "Add"), ("Imported", "Import")):
        names = [f"`{name(one)}`" for one in changes if one["Action"] == action and not lost(one)]
        if names:
            page += [f"{title} ({len(names)}): {', '.join(names)}.", ""]
    return "\n".join(page)


def main() -> int:
    """Print the page. Return the exit code."""
    parser = argparse.ArgumentParser(description="Review a change set, as `aws` describes it, from standard input.")
    parser.add_argument("--allow", default="", help="logical ids that may be removed or replaced, separated by commas")
    allowed = {one.strip() for one in parser.parse_args().allow.split(",")}
    change_set = json.load(sys.stdin)
    print(report(change_set, allowed))
    changes = resource_changes(change_set)
    stopped = [name(one) for one in refused(changes, allowed)]
    if stopped:
        print(f"Refused to remove or replace: {', '.join(stopped)}", file=sys.stderr)
    return 1 if stopped else 0


if __name__ == "__main__":
    sys.exit(main())
