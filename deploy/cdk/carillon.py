"""Carillon as a stack of a CDK application. The template stays the only description of its resources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CfnElement, DefaultStackSynthesizer, Stack
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct


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
        self._included = CfnInclude(self, "Template", template_file=str(template), parameters=dict(parameters))

    def resource(self, logical_id: str) -> CfnElement:
        """Return a resource of the template, such as AlarmTopic, for the rest of the application."""
        return self._included.get_resource(logical_id)
