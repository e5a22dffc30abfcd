"""Notifications of a Django application, sent after the transaction is committed.

with transaction.atomic():
    invoice.mark_unpaid()
    notify_after_commit(invoice.owner, event_name="invoice.unpaid", title="Please pay again", resource_id=invoice.key)
"""

import os
from functools import partial
from typing import Unpack

from django.db import transaction
from notification_tokens import PRODUCER, mint

from carillon_client import Client, Content, Retry

carillon = Client(
    os.environ["CARILLON_API"],
    token=lambda: mint(PRODUCER, client_id=PRODUCER, scope="carillon/send"),
    timeout=3,  # the person waits for it, so there are only two attempts
    retry=Retry(attempts=2, within=5),
)


def notify_after_commit(user_id: str, **content: Unpack[Content]) -> None:
    """Record a notification once the transaction is committed. A rollback records nothing.

    `robust` logs an error instead of raising it: the work is committed, so the request must not fail.
    """
    transaction.on_commit(partial(carillon.notifications.create, user_id, **content), robust=True)
