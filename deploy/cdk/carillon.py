"""Carillon as a stack of a CDK application. The template stays the only description of its resources."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from aws_cdk import CfnElement, CfnResource, DefaultStackSynthesizer, Stack
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

# Names of resources that SAM makes of the template's. CDK resolves names before, so they are added afterwards.
_STAGE, _SCHEDULE = "Api.Stage", "ReaperEveryMinute"


class CarillonStack(Stack):
    """The resources of a packaged template, whose code is in S3 already.

    `parameters` are those of the template that have no default, or shall differ from it. All others keep theirs.
    """

    def __init__(
        self, scope: Construct, name: str, *, template: Path, parameters: Mapping[str, str], **options: Any
    ) -> None:
        # The rule about the version of the bootstrap would be the only thing that the template does not have.
        options.setdefault("synthesizer", DefaultStackSynthesizer(generate_bootstrap_version_rule=False))
        super().__init__(scope, name, **options)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "template.yaml"
            file.write_text(_without_names_of_sam(template.read_text("utf-8")), "utf-8")
            self._included = CfnInclude(self, "Template", template_file=str(file), parameters=dict(parameters))
        mapping = cast("CfnResource", self._included.get_resource("DomainMapping"))
        mapping.add_property_override("Stage", {"Ref": _STAGE})
        alarm = cast("CfnResource", self._included.get_resource("SilentReaperAlarm"))
        alarm.add_override("DependsOn", [_SCHEDULE])

    def resource(self, logical_id: str) -> CfnElement:
        """Return a resource of the template, such as AlarmTopic, for the rest of the application."""
        return self._included.get_resource(logical_id)


def _without_names_of_sam(template: str) -> str:
    """Return a template without the two places that name a resource which SAM makes."""
    for name, place, other in (
        (_STAGE, f"Stage: !Ref {_STAGE}", "Stage: $default"),
        (_SCHEDULE, f"    DependsOn: {_SCHEDULE}\n", ""),
    ):
        if template.count(place) != 1:
            raise ValueError(f"the template does not name {name} once, as {place.strip()}")
        template = template.replace(place, other)
    return template
