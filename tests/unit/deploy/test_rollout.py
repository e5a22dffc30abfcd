"""cli/deploy/rollout.yaml: what a gradual rollout makes of the template, and when it publishes a version."""

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.deploy.rollout import NONE, ROLLOUTS, write_rollout
from tests.support.paths import ROOT
from tests.support.rollout import API, CANARY, built, gradual, worked
from tests.support.template import functions, template
from tests.support.translated_template import PROFILES, TOOLS, listed, statements, translated

ALIASES = {name: f"{name}Aliascurrent" for name in API}
TRANSLATOR = (
    ".venv-tools/lib/python3*/site-packages/samtranslator/model/preferences/deployment_preference_collection.py"
)


def resources(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in gradual()["Resources"].items() if each["Type"] == kind}


def routes(one: dict[str, Any]) -> list[str]:
    """Return the addresses of the integrations of a translated template."""
    paths = one["Resources"]["Api"]["Properties"]["Body"]["paths"].values()
    operations = [each for path in paths for each in path.values() if "x-amazon-apigateway-integration" in each]
    return [json.dumps(each["x-amazon-apigateway-integration"]["uri"]) for each in operations]


def named(node: Any) -> set[str]:
    """Return the names that a node refers to, in any part of a resource."""
    match node:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": [name, *_]}:
            return {name}
        case {"Fn::Sub": text}:
            found = set(re.findall(r"\$\{(\w+)[.}]", json.dumps(text)))
            return found if isinstance(text, str) else found | named(text[1])
        case dict():
            return {name for each in node.values() for name in named(each)}
        case list():
            return {name for each in node for name in named(each)}
        case _:
            return set()


def versions(file: Path) -> set[str]:
    """Return the revisions of a template's functions. SAM names the version by the first ten of them (tested below)."""
    written = yaml.safe_load(file.read_text())["Resources"].values()
    found = {each.get("Properties", {}).get("AutoPublishCodeSha256") for each in written}
    return found - {None}


def test_without_a_rollout_the_built_template_stays_as_it_is(tmp_path: Path) -> None:
    file = built(tmp_path / "built")
    before = file.read_bytes()
    assert write_rollout(file, NONE) == file
    assert (file.read_bytes(), len([*tmp_path.rglob("*.yaml")])) == (before, 1)
    assert not [name for name, each in translated()["Resources"].items() if "Alias" in name or "Deploy" in each["Type"]]


def test_the_written_template_has_no_alias_of_yaml(tmp_path: Path) -> None:
    """CloudFormation refuses them."""
    written = write_rollout(built(tmp_path / "built"), CANARY).read_text()
    assert not [token for token in yaml.scan(written) if isinstance(token, yaml.AnchorToken | yaml.AliasToken)]


def test_each_route_and_each_permission_leads_to_an_alias() -> None:
    uris = routes(gradual())
    assert len(uris) == len(routes(translated())) > 20
    for uri in uris:
        assert [name for name in ALIASES.values() if f"${{{name}}}" in uri], uri
    permissions = {name: each for name, each in resources("AWS::Lambda::Permission").items() if name.startswith(API)}
    assert len(permissions) == len(uris)
    for name, each in permissions.items():
        [function] = [one for one in API if name.startswith(one)]
        assert each["Properties"]["FunctionName"] == {"Ref": ALIASES[function]}


def test_the_functions_of_the_api_have_an_alias_and_no_other_has_one() -> None:
    of_api = {name for name, each in functions().items() if "HttpApi" in json.dumps(each.get("Events", {}))}
    assert of_api == set(API)
    aliases = resources("AWS::Lambda::Alias")
    assert set(aliases) == set(ALIASES.values())
    for function, name in ALIASES.items():
        policy = aliases[name]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert policy["DeploymentGroupName"] == {"Ref": f"{function}DeploymentGroup"}
    for name, each in template()["Resources"].items():
        changed = gradual()["Resources"].get(name, {})
        if each["Type"].startswith("AWS::Serverless") or name == "ApiErrorsAlarm":
            continue
        assert changed == translated()["Resources"][name], name


def test_codedeploy_shifts_requests_as_it_was_told_to() -> None:
    [application] = resources("AWS::CodeDeploy::Application").values()
    assert application["Properties"]["ComputePlatform"] == "Lambda"
    groups = resources("AWS::CodeDeploy::DeploymentGroup")
    assert len(groups) == len(API)
    for each in groups.values():
        text, values = each["Properties"]["DeploymentConfigName"]["Fn::Sub"]
        assert text.replace("${ConfigName}", values["ConfigName"]) == "CodeDeployDefault.LambdaCanary10Percent10Minutes"
        assert "DEPLOYMENT_STOP_ON_ALARM" in each["Properties"]["AutoRollbackConfiguration"]["Events"]


def test_the_rollouts_are_those_of_codedeploy() -> None:
    [file] = ROOT.glob(TRANSLATOR)
    [known] = re.findall(r"PREDEFINED_CONFIGURATIONS_LIST = (\[[^\]]+\])", file.read_text())
    assert {*ROLLOUTS.values(), "AllAtOnce"} == set(ast.literal_eval(known))
    for name, kind in ROLLOUTS.items():
        assert name.replace("-", "") == re.sub(r"(?<=\d)(?=[A-Z])|(?<=[a-z])(?=[A-Z0-9])", "", kind).lower()


@pytest.mark.parametrize("profile", PROFILES)
def test_the_alarms_that_stop_a_rollout_exist_and_watch_the_new_version(profile: str) -> None:
    stack = worked(PROFILES[profile])
    alarms = stack.resources("AWS::CloudWatch::Alarm")
    for group in stack.resources("AWS::CodeDeploy::DeploymentGroup").values():
        configured = group["Properties"]["AlarmConfiguration"]
        names = [each["Name"] for each in configured["Alarms"]]
        assert configured["Enabled"] is True
        referred = [f"${{Rollout{function}Alarm}}" for function in API]
        assert names == ["carillon-api-errors", *referred], "only a reference lets the shift wait for the alarm"
    of_api = alarms["ApiErrorsAlarm"]["Properties"]
    assert (of_api["AlarmName"], of_api["MetricName"]) == ("carillon-api-errors", "5xx")
    for function in API:
        given = alarms[f"Rollout{function}Alarm"]["Properties"]
        assert given["AlarmName"] == f"carillon-rollout-{function.lower()}"
        dimensions = {each["Name"]: each["Value"] for each in given["Dimensions"]}
        assert dimensions["FunctionName"] == f"${{{function}}}"
        assert dimensions["Resource"] == f"${{{function}}}:current"
        version = gradual()["Resources"][ALIASES[function]]["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
        assert dimensions["ExecutedVersion"] == f"${{{version}.Version}}"


def test_no_resource_needs_itself() -> None:
    """A reference in an UpdatePolicy is one too."""
    graph = {
        name: (named(each) | set(listed(each.get("DependsOn", [])))) for name, each in gradual()["Resources"].items()
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path, name))
        if name not in done:
            for each in sorted(graph[name] & set(graph)):
                visit(each, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())
    assert {"ApiErrorsAlarm", "ReadDeploymentGroup"} <= done


def test_codedeploy_may_shift_requests_of_these_functions_and_nothing_else() -> None:
    stack = worked(PROFILES["production"])
    role = stack.properties("RolloutRole")
    assert "ManagedPolicyArns" not in role
    assert role["PermissionsBoundary"] == PROFILES["production"]["PermissionsBoundary"]
    assert not [name for name in stack.resources("AWS::IAM::Role") if name.startswith("CodeDeploy")]
    for each in statements(stack, "RolloutRole"):
        wanted = {f"${{{name}.Arn}}" for name in API}
        resources_of = {one.removesuffix(":*") for one in listed(each["Resource"])}
        assert resources_of == ({"*"} if each["Action"] == "cloudwatch:DescribeAlarms" else wanted)
    for group in stack.resources("AWS::CodeDeploy::DeploymentGroup").values():
        assert group["Properties"]["ServiceRoleArn"] == "${RolloutRole.Arn}"


def test_a_version_is_named_by_the_revision_and_deleted_with_the_resource(tmp_path: Path) -> None:
    [revision] = versions(write_rollout(built(tmp_path / "built"), CANARY))
    for function in API:
        name = gradual()["Resources"][ALIASES[function]]["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
        assert name == f"{function}Version{revision[:10]}"
        assert gradual()["Resources"][name]["DeletionPolicy"] == "Delete"
        description = gradual()["Resources"][function]["Properties"]["Description"]
        assert description == f"{template()['Resources'][function]['Properties']['Description']} {revision}"
        assert len(description) <= 256, "the limit of Lambda"


def test_a_changed_value_alone_publishes_a_version(tmp_path: Path) -> None:
    file = built(tmp_path / "built")
    values = b'{"AppUrl": "https://app.example.com"}'
    first = versions(write_rollout(file, CANARY, values))
    assert len(first) == 1
    assert versions(write_rollout(file, CANARY, values)) == first, "nothing has changed"
    assert versions(write_rollout(file, "linear-10-percent-every-1-minute", values, urgent=True)) == first
    assert versions(write_rollout(file, CANARY, values.replace(b"app.", b"www."))) != first


@pytest.mark.parametrize("name", ["Layer/code.py", "template.yaml"])
def test_changed_code_publishes_a_version(tmp_path: Path, name: str) -> None:
    file = built(tmp_path / "built")
    first = versions(write_rollout(file, CANARY))
    changed = file.parent / name
    changed.write_text(changed.read_text().replace("VERSION = 1", "VERSION = 2").replace("Timeout: 15", "Timeout: 14"))
    assert versions(write_rollout(file, CANARY)) != first


def test_an_urgent_deploy_keeps_the_alias_and_has_no_codedeploy(tmp_path: Path) -> None:
    """A group without an AlarmConfiguration in the template keeps the alarms that it had, so there is no group."""
    urgent = translated(write_rollout(built(tmp_path / "built"), CANARY, urgent=True))
    assert not [name for name, each in urgent["Resources"].items() if each["Type"].startswith("AWS::CodeDeploy")]
    assert "DeploymentGroup" not in json.dumps(urgent["Resources"])
    for name in ALIASES.values():
        alias = urgent["Resources"][name]
        assert "UpdatePolicy" not in alias
        assert alias["Properties"] == gradual()["Resources"][name]["Properties"]
    gone = set(gradual()["Resources"]) - set(urgent["Resources"])
    assert {f"{function}DeploymentGroup" for function in API} < gone
    for each in (*urgent["Resources"].values(), *urgent["Outputs"].values()):
        assert not gone & (named(each) | set(listed(each.get("DependsOn", []))))
    assert urgent["Outputs"]["Rollout"]["Value"] == CANARY


def test_a_pipeline_runs_the_module_with_the_python_of_sam(tmp_path: Path) -> None:
    file, values = built(tmp_path / "built"), tmp_path / "samconfig.toml"
    values.write_text('parameter_overrides = "Size=small"\n')

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [TOOLS / "python", "-m", "cli.deploy.rollout", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    written = run(file, CANARY, values).stdout.strip()
    assert written == str(file.with_name("rollout.yaml"))
    first = versions(Path(written))
    values.write_text('parameter_overrides = "Size=medium"\n')
    assert versions(Path(run(file, CANARY, values).stdout.strip())) != first
    assert run(file, NONE, values).stdout.strip() == str(file)
    assert run(file, "canary").returncode == 2
