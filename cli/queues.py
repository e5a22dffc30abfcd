"""The two queues: how full they are, and moving messages from one to the other."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from uuid import UUID

from cli.aws import Stack

ENTRIES = 10  # SQS: the most messages of one request
HOLD_SECONDS = 300  # so long a received message is nobody else's
_WAIT_SECONDS = 1  # a long poll asks all of SQS's servers: empty is empty


@dataclass(frozen=True)
class Letter:
    """One received message. `delivery_id` is None when it is not one of Carillon's."""

    message_id: str
    receipt: str
    body: str
    sent_at_ms: int

    @property
    def delivery_id(self) -> str | None:
        """The delivery that it names."""
        try:
            return str(UUID(json.loads(self.body)["delivery_id"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None


class Queue:
    """One of the stack's queues, by the name of its output."""

    def __init__(self, stack: Stack, output: str) -> None:
        self._stack = stack
        self._url = stack.output(output)
        self._sqs = stack.client("sqs")

    def depth(self) -> dict[str, int]:
        """How many messages there are, about: SQS counts late."""
        names = {
            "waiting": "ApproximateNumberOfMessages",
            "in_flight": "ApproximateNumberOfMessagesNotVisible",
            "delayed": "ApproximateNumberOfMessagesDelayed",
        }
        reply = self._call(self._sqs.get_queue_attributes, AttributeNames=list(names.values()))
        return {name: int(reply["Attributes"][attribute]) for name, attribute in names.items()}

    def receive(self, most: int) -> Iterator[list[Letter]]:
        """Messages in batches of up to ten, `most` in all, until the queue shows none. They stay hidden for a while."""
        left = most
        while left > 0:
            reply = self._call(
                self._sqs.receive_message,
                MaxNumberOfMessages=min(ENTRIES, left),
                WaitTimeSeconds=_WAIT_SECONDS,
                VisibilityTimeout=HOLD_SECONDS,
                AttributeNames=["SentTimestamp"],
            )
            letters = [
                Letter(each["MessageId"], each["ReceiptHandle"], each["Body"], int(each["Attributes"]["SentTimestamp"]))
                for each in reply.get("Messages", [])
            ]
            if not letters:
                return
            left -= len(letters)
            yield letters

    def send(self, letters: Sequence[Letter]) -> list[Letter]:
        """Send what these say as new messages; return those that SQS took."""
        taken: list[Letter] = []
        for batch in batched(letters, ENTRIES, strict=False):
            entries = [{"Id": str(number), "MessageBody": letter.body} for number, letter in enumerate(batch)]
            reply = self._call(self._sqs.send_message_batch, Entries=entries)
            taken += [batch[int(entry["Id"])] for entry in reply.get("Successful", [])]
        return taken

    def delete(self, letters: Sequence[Letter]) -> None:
        """Remove them. One that SQS keeps shows again, and a second replay finds that there is nothing to do."""
        for batch in batched(letters, ENTRIES, strict=False):
            self._call(self._sqs.delete_message_batch, Entries=self._entries(batch))

    def release(self, letters: Sequence[Letter]) -> None:
        """Show them again at once."""
        for batch in batched(letters, ENTRIES, strict=False):
            entries = [entry | {"VisibilityTimeout": 0} for entry in self._entries(batch)]
            self._call(self._sqs.change_message_visibility_batch, Entries=entries)

    @staticmethod
    def _entries(batch: Sequence[Letter]) -> list[dict[str, Any]]:
        return [{"Id": str(number), "ReceiptHandle": letter.receipt} for number, letter in enumerate(batch)]

    def _call(self, method: Any, **parameters: Any) -> Any:
        return self._stack.call(method, QueueUrl=self._url, **parameters)
