"""SES's own list of suppressed addresses, which moto does not play."""


class Ses:
    """SES's own list. `answer` is raised, if it is any."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.answer: Exception | None = None

    def delete_suppressed_destination(self, *, EmailAddress: str) -> None:  # noqa: N803
        if self.answer:
            raise self.answer
        self.removed.append(EmailAddress)

    def close(self) -> None: ...
