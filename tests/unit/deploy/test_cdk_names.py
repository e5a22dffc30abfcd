"""The names that CDK must find in the template: those of resources that SAM makes are the exceptions of deploy/cdk."""

import re
from typing import Any, cast

from tests.support.paths import ROOT
from tests.support.template import template

PSEUDO = re.compile(r"AWS::\w+")


def names(node: Any) -> set[str]:
    """Return what a part of the template refers to, by Ref, GetAtt and DependsOn."""
    match node:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": str(text)}:
            return {text.split(".")[0]}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case dict():
            whole = cast("dict[str, Any]", node)
            after = whole.get("DependsOn", [])
            listed = {after} if isinstance(after, str) else {each for each in after if isinstance(each, str)}
            return listed.union(*map(names, whole.values()))
        case list():
            return set[str]().union(*map(names, cast("list[Any]", node)))
        case _:
            return set()


def test_the_shell_for_cdk_knows_each_name_that_only_sam_makes() -> None:
    document = template()
    known = {*document["Resources"], *document["Parameters"]}
    unknown = {name for name in names(document["Resources"]) if name not in known and not PSEUDO.fullmatch(name)}
    code = (ROOT / "deploy" / "cdk" / "carillon.py").read_text("utf-8")
    excepted = set(re.findall(r'"([^"]*)"', re.findall(r"^_STAGE, _SCHEDULE = (.*)$", code, re.MULTILINE)[0]))
    assert unknown == excepted
    text = (ROOT / "template.yaml").read_text("utf-8")
    assert text.count("Stage: !Ref Api.Stage") == text.count("    DependsOn: ReaperEveryMinute\n") == 1


def test_rules_have_the_long_form_because_cdk_drops_a_short_one() -> None:
    text = (ROOT / "template.yaml").read_text("utf-8")
    assert not re.findall(r"!(?:EachMember\w+|Contains|RefAll|ValueOf\w*)\b", text)
