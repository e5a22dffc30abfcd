"""Those who work on a document hear of a new comment. If it is deleted, they hear no more of it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from carillon_client import Client, NotFound


@dataclass(frozen=True)
class Comment:
    """A comment of your application."""

    id: str
    document: str
    author: str
    author_name: str


def comment_added(carillon: Client, comment: Comment, participants: Iterable[str]) -> list[str]:
    """Notify all participants but the author. Store the ids that this returns with the comment."""
    people = set(participants) - {comment.author}
    if not people:
        return []
    answer = carillon.notifications.create_many(
        people,
        event_name="comment.added",
        title=f"{comment.author_name} wrote a comment",
        target_url=f"/documents/{comment.document}#comment-{comment.id}",
        batch_key=f"document:{comment.document}",  # one digest for each document
        resource_id=comment.id,
    )
    return [each["id"] for each in answer["notifications"]]


def comment_deleted(carillon: Client, notification_ids: Iterable[str]) -> None:
    """Retract the notifications of a comment. A repeat changes nothing."""
    for notification_id in notification_ids:
        with suppress(NotFound):  # the person was erased meanwhile
            carillon.notifications.retract(notification_id)
