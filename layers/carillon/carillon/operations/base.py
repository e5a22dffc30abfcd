"""The base of the models of the operator's actions."""

from pydantic import BaseModel, ConfigDict


class OperatorModel(BaseModel):
    """A model whose validator is built at its first use: a command and an invocation use one or two of them."""

    model_config = ConfigDict(defer_build=True)
