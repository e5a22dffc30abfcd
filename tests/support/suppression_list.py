"""The suppression list of SES, which moto does not simulate."""


class Ses:
    """The suppression list of SES. Each call raises `answer`, if it is set."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.answer: Exception | None = None

    def delete_suppressed_destination(self, *, EmailAddress: str) -> None:  # noqa: N803
        if self.answer:
            raise self.answer
        self.removed.append(EmailAddress)

    def close(self) -> None: ...
