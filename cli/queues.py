"""The queue and the dead-letter queue: how full they are, and how messages move from one to the other."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from uuid import UUID

from cli.stack import Stack

BATCH_SIZE = 10  # the most messages that one request to SQS takes
HIDDEN_SECONDS = 300  # the visibility timeout of a received message
_WAIT_SECONDS = 1  # a long poll asks all servers of SQS, so an empty answer means an empty queue


@dataclass(frozen=True)
class Message:
    """One received message. `delivery_id` is None for a message that is not Carillon's."""

    message_id: str
    receipt: str
    body: str

    @property
    def delivery_id(self) -> str | None:
        """The id of the delivery that the message names."""
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
        """Return the numbers of messages by state. They are approximate, because SQS counts late."""
        names = {
            "waiting": "ApproximateNumberOfMessages",
            "in_flight": "ApproximateNumberOfMessagesNotVisible",
            "delayed": "ApproximateNumberOfMessagesDelayed",
        }
        reply = self._call(self._sqs.get_queue_attributes, AttributeNames=list(names.values()))
        return {name: int(reply["Attributes"][attribute]) for name, attribute in names.items()}

    def receive(self, most: int) -> Iterator[list[Message]]:
        """Yield batches of up to ten messages, `most` in all, until the queue shows no more. They stay hidden."""
        left = most
        while left > 0:
            reply = self._call(
                self._sqs.receive_message,
                MaxNumberOfMessages=min(BATCH_SIZE, left),
                WaitTimeSeconds=_WAIT_SECONDS,
                VisibilityTimeout=HIDDEN_SECONDS,
            )
            messages = [
                Message(each["MessageId"], each["ReceiptHandle"], each["Body"]) for each in reply.get("Messages", [])
            ]
            if not messages:
                return
            left -= len(messages)
            yield messages

    def send(self, messages: Sequence[Message]) -> list[Message]:
        """Send the bodies as new messages, and return the messages that SQS accepted."""
        accepted: list[Message] = []
        for batch in batched(messages, BATCH_SIZE, strict=False):
            entries = [{"Id": str(number), "MessageBody": message.body} for number, message in enumerate(batch)]
            reply = self._call(self._sqs.send_message_batch, Entries=entries)
            accepted += [batch[int(entry["Id"])] for entry in reply.get("Successful", [])]
        return accepted

    def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages. If SQS keeps one, it appears again, and the next replay finds nothing to do for it."""
        for batch in batched(messages, BATCH_SIZE, strict=False):
            self._call(self._sqs.delete_message_batch, Entries=self._entries(batch))

    def release(self, messages: Sequence[Message]) -> None:
        """Make messages visible again at once."""
        for batch in batched(messages, BATCH_SIZE, strict=False):
            entries = [entry | {"VisibilityTimeout": 0} for entry in self._entries(batch)]
            self._call(self._sqs.change_message_visibility_batch, Entries=entries)

    @staticmethod
    def _entries(batch: Sequence[Message]) -> list[dict[str, Any]]:
        return [{"Id": str(number), "ReceiptHandle": message.receipt} for number, message in enumerate(batch)]

    def _call(self, method: Any, **parameters: Any) -> Any:
        return self._stack.call(method, QueueUrl=self._url, **parameters)
