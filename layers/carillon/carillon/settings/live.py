"""The settings of live hints. They import no other group: functions/read has them too. docs/live.md explains hints."""

from pydantic import Field, SecretStr, model_validator

from carillon.settings.base import Settings


class HintSettings(Settings):
    """The queue of hints, and the time that a request may wait for it. Without a queue, nothing is sent.

    `live_key` is the key of the hash that names a person's channel.
    """

    live_key: SecretStr | None = None
    hints_queue_url: str | None = None
    hint_budget_seconds: float = Field(default=0.5, gt=0, le=2.0)

    @model_validator(mode="after")
    def _check_that_a_queue_has_a_key(self) -> "HintSettings":
        if self.hints_queue_url and self.live_key is None:
            raise ValueError("hints_queue_url needs live_key")
        return self
