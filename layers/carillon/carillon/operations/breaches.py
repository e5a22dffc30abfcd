"""What looking for breaches of the accounting rule found."""

from uuid import UUID

from pydantic import BaseModel


class Breach(BaseModel):
    """One row that breaks a rule. `detail` holds states, codes and numbers, never a word that was sent."""

    rule: str
    notification_id: UUID | None
    delivery_id: UUID | None
    detail: str


class Verification(BaseModel):
    """What was found: how many rows break each rule that was asked (0: none), and the first of them."""

    broken: dict[str, int]
    breaches: list[Breach]
    warnings: list[Breach]

    @property
    def clean(self) -> bool:
        """Whether no rule is broken. What is late breaks none."""
        return not self.breaches
