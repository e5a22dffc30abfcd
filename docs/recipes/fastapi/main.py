"""Notifications of a FastAPI application: one client for its life, awaited or in the background."""

import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Unpack

from fastapi import BackgroundTasks, Depends, FastAPI, Request

from carillon_client import AsyncClient, CarillonError, ClientCredentials, Content

logger = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open the client before the first request, and close it after the last."""
    credentials = ClientCredentials(
        token_url=os.environ["CARILLON_TOKEN_URL"],
        client_id="billing",
        client_secret=os.environ["CARILLON_CLIENT_SECRET"],
        scope="carillon/send",
    )
    async with AsyncClient(os.environ["CARILLON_API"], token=credentials) as carillon:
        app.state.carillon = carillon
        yield


def get_carillon(request: Request) -> AsyncClient:
    """Return the client of the application."""
    return request.app.state.carillon


Carillon = Annotated[AsyncClient, Depends(get_carillon)]
app = FastAPI(lifespan=lifespan)


@app.post("/webhooks/payments/{event}", status_code=204)
async def payment_failed(event: str, customer: str, carillon: Carillon) -> None:
    """Wait for Carillon: an error answers 500, and the provider sends the event again."""
    await carillon.notifications.create(
        customer,
        event_name="invoice.payment_failed",
        title="Your payment failed",
        severity="critical",
        idempotency_key=event,
    )


@app.post("/reports/{report}", status_code=202)
async def report_ready(report: str, owner: str, carillon: Carillon, background: BackgroundTasks) -> None:
    """Answer at once. The notification follows, and is lost if the process ends before."""
    background.add_task(
        notify, carillon, owner, event_name="document.ready", title="Your report is ready", resource_id=report
    )


async def notify(carillon: AsyncClient, user_id: str, **content: Unpack[Content]) -> None:
    """Record a notification, and log an error: no caller waits for it."""
    try:
        await carillon.notifications.create(user_id, **content)
    except CarillonError as error:
        logger.error("not recorded: %s under the key %s", type(error).__name__, error.idempotency_key)
