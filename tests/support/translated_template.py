"""The template as CloudFormation gets it: translated by SAM, and resolved for given parameters."""

import json
import os
import re
import subprocess
from functools import cache
from hashlib import sha256
from ipaddress import IPv4Network
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest

from devstack.aws.intrinsics import Resolver
from tests.support.paths import ROOT

TOOLS = ROOT / ".venv-tools" / "bin"
# Translations that earlier processes made. The translation takes 3 s of CPU time, and each process of a run needs it.
KEPT = ROOT / ".local" / "translated"

# Runs in the environment of the tools, where cfn-lint calls SAM's translator.
TRANSLATE = """
import json, sys
from cfnlint.decode import decode
from cfnlint.template import Template

read, problems = decode(sys.argv[1])
template = Template(sys.argv[1], read, regions=["eu-central-1"])
problems = problems or template.transform()
if problems:
    sys.exit(str(problems))
json.dump(template.template, sys.stdout, default=str)
"""

PSEUDO = {
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::StackName": "carillon",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/carillon/0a1b2c3d-0000",
    "AWS::URLSuffix": "amazonaws.com",
}

ACCOUNT = "eu-central-1:123456789012"  # region and account, as in an ARN

EXISTING = {
    "Database": "existing",
    "DatabaseAddress": "db.example.com:5432/app",
    "DatabaseResourceId": "db-EXAMPLE",
}
# The parameters of several deploys. Each condition of the template holds in one of them and fails in another.
PROFILES: dict[str, dict[str, str]] = {
    "enter": {},
    "trial": {"EmailFrom": "hello@example.com", "Size": "micro"},
    "issuer": {"JwtIssuer": "https://id.example.com", "JwtAudience": "a,b", "EmailFrom": "hello@example.com",
               "EmailIdentity": "address", "AllowedOrigins": "https://app.example.com",
               "DomainName": "api.example.com",
               "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/example",
               "RequestsPerSecond": "50", "PlatformLogs": "off"},
    "production": {"EmailFrom": "hello@example.com", "Live": "appsync", "Size": "medium", "Database": "multi-az",
                   "Network": "nat", "AlarmEmail": "on-call@example.com", "PublicApiUrl": "https://api.example.com",
                   "PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary", "VpcCidr": "10.8.0.0/20",
                   "ZoneA": "eu-central-1b", "ZoneB": "eu-central-1c"},
    "proxy": {"Size": "large", "ReservedConcurrency": "on", "Database": "multi-az-proxy", "Network": "endpoints",
              "EmailFrom": "hello@example.com", "EmailIdentity": "existing",
              "ApnsApplicationArn": "arn:aws:sns:eu-central-1:123456789012:app/APNS/app",
              "FcmApplicationArn": "arn:aws:sns:eu-central-1:123456789012:app/GCM/app"},
    "vpc": {"Database": "multi-az-proxy", "VpcId": "vpc-0a", "SubnetIds": "subnet-0a,subnet-0b",
            "SecurityGroupIds": "sg-0a", "DomainName": "api.example.com", "HostedZoneId": "Z0EXAMPLE"},
    "aurora": {"EmailFrom": "hello@example.com", "Size": "large", "Database": "aurora"},
    "aurora, moved": {"Size": "medium", "Database": "aurora-proxy",
                      "DatabaseSnapshot": "arn:aws:rds:eu-central-1:123456789012:snapshot:carillon-to-aurora"},
    "existing": EXISTING | {"SubnetIds": "subnet-0a,subnet-0b", "SecurityGroupIds": "sg-0a",
                            "DatabaseSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:administrator"},  # noqa: E501
    "existing, no VPC": EXISTING,
}  # fmt: skip


@cache
def translated(template: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """Return the template after SAM's transform: a kept translation, or a new one that it keeps.

    The translation depends on the template, on the versions of the tools and on `TRANSLATE`.
    """
    python = TOOLS / "python"
    if not python.exists():
        pytest.fail("AWS SAM is not installed here: bin/setup", pytrace=False)
    sources = (template.read_bytes(), (ROOT / "requirements" / "tools.txt").read_bytes(), TRANSLATE.encode())
    kept = KEPT / f"{sha256(b'\0'.join(sources)).hexdigest()}.json"
    if not kept.exists():
        done = subprocess.run([python, "-c", TRANSLATE, template], capture_output=True, text=True, check=True)
        KEPT.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")  # another process may write the same translation now
        unfinished.write_text(done.stdout)
        unfinished.replace(kept)
    return json.loads(kept.read_text())


class Worked(Resolver):
    """The translated template for given parameters. A value that only AWS knows stays as `${Resource.Attribute}`."""

    def __init__(self, given: dict[str, str], template: dict[str, Any] | None = None) -> None:
        self.template = template or translated()
        declared = self.template["Parameters"]
        needed = {"AppUrl": "https://app.example.com"} | given
        values = {name: str(needed.get(name, parameter.get("Default"))) for name, parameter in declared.items()}
        super().__init__(self.template, values)
        self.conditions = {name: self._is_true({"Condition": name}) for name in self.template["Conditions"]}

    def resources(self, kind: str = "") -> dict[str, dict[str, Any]]:
        """Return the resolved resources whose condition holds: all, or those of a type or a service ("AWS::EC2::")."""
        return {
            name: self.resolve(resource)
            for name, resource in self.template["Resources"].items()
            if self._is_created(resource)
            and (resource["Type"] == kind or ((kind.endswith("::") or not kind) and resource["Type"].startswith(kind)))
        }

    def instances(self) -> dict[str, dict[str, Any]]:
        """Return the database instances that are no members of a cluster."""
        found = self.resources("AWS::RDS::DBInstance")
        return {name: each for name, each in found.items() if "DBClusterIdentifier" not in each["Properties"]}

    def properties(self, name: str) -> dict[str, Any]:
        """Return the properties of one resource. Raise a KeyError if its condition does not hold."""
        resource = self.template["Resources"][name]
        if not self._is_created(resource):
            raise KeyError(name)
        return self.resolve(resource["Properties"])

    def _is_created(self, resource: dict[str, Any]) -> bool:
        return self.conditions.get(resource.get("Condition", ""), True)

    def arn(self, resource: str) -> str:
        """Return the resource of a policy, with the names of queues and configuration sets from the template."""
        if queue := re.fullmatch(r"\$\{(\w+)\.Arn\}", resource):
            return f"arn:aws:sqs:{ACCOUNT}:{self.properties(queue[1])['QueueName']}"
        if resource.startswith("${HintsNamespace."):
            return f"arn:aws:appsync:{ACCOUNT}:apis/${{EventApi.ApiId}}/channelNamespace/hints"
        return re.sub(r"\$\{(\w+)\}", lambda found: self.properties(found[1]).get("Name", found[0]), resource)

    def outputs(self) -> dict[str, Any]:
        """Return the outputs whose condition holds."""
        found = self.template["Outputs"].items()
        return {
            name: self.resolve(output["Value"])
            for name, output in found
            if self.conditions.get(output.get("Condition", ""), True)
        }

    def resolve(self, node: Any) -> Any:
        match node:
            case {"Ref": name} if name in PSEUDO:
                return PSEUDO[name]
            case {"Ref": name} if name in self.template["Resources"]:
                return f"${{{name}}}"
            case {"Fn::GetAtt": [name, attribute]}:
                return f"${{{name}.{attribute}}}"
            case {"Fn::FindInMap": [table, row, column]}:
                return self.template["Mappings"][table][self.resolve(row)][column]
            case {"Fn::Select": [index, {"Fn::GetAZs": _}]}:
                return f"eu-central-1{'abc'[int(index)]}"
            case {"Fn::Select": [index, {"Fn::Cidr": [block, _, bits]}]}:
                return self._subnet(self.resolve(block), int(index), int(bits))
            case {"Fn::Select": [index, choices]}:
                parts = self.resolve(choices)
                return parts[int(index)] if int(index) < len(parts) else f"{parts}[{index}]"
            case {"Fn::Sub": [text, values]}:
                return self._filled(text, {name: str(self.resolve(value)) for name, value in values.items()})
            case {"Fn::Sub": str(text)}:
                return self._filled(text, {})
            case _:
                return super().resolve(node)

    def _subnet(self, block: str, index: int, bits: int) -> str:
        """Return one of the subnets that `Fn::Cidr` makes. Only AWS knows the addresses of IPv6."""
        if "." not in block.partition("/")[0] or block.startswith("$"):
            return f"fd00:0:0:{index}::/64"
        return str(next(islice(IPv4Network(block).subnets(new_prefix=32 - bits), index, None)))

    def _filled(self, text: str, values: dict[str, str]) -> str:
        def one(found: re.Match[str]) -> str:
            name = found[1]
            if name in values:
                return values[name]
            if name in PSEUDO or name in self.template["Parameters"]:
                return str(self.resolve({"Ref": name}))
            return found[0]

        return re.sub(r"\$\{([^}!]+)\}", one, text)


def named(node: Any) -> set[str]:
    """Return the names of the resources in a resolved node."""
    return {name.partition(".")[0] for name in re.findall(r"\$\{(\w[\w.]*)\}", json.dumps(node))}


def listed(one: Any) -> list[Any]:
    """Return a list, where CloudFormation accepts one value or several."""
    return cast("list[Any]", one) if isinstance(one, list) else [one]


def statements(worked: Worked, role: str) -> list[dict[str, Any]]:
    """Return all statements of a role, from itself and from policies of this stack, without AWS's own policies."""
    properties = worked.properties(role)
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    ours = (re.fullmatch(r"\$\{(\w+)\}", arn) for arn in properties.get("ManagedPolicyArns", []))
    documents += [worked.properties(match[1])["PolicyDocument"] for match in ours if match]
    return [statement for document in documents for statement in cast("list[dict[str, Any]]", document["Statement"])]
