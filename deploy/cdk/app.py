"""A CDK application with Carillon alone. In an application of yours, use CarillonStack beside your stacks.

cdk.json names the packaged template and the parameters.
"""

from pathlib import Path

from aws_cdk import App

from carillon import CarillonStack

app = App()
CarillonStack(
    app,
    "carillon",
    template=Path(app.node.get_context("template")),
    parameters=app.node.get_context("parameters"),
    termination_protection=True,
)
app.synth()
