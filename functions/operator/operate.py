"""The operator's actions, by direct invocation. IAM decides who may invoke. An example: events/operator-stats.json."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.aws import clients
from carillon.aws.endpoints import TIMEOUT_SECONDS, Endpoints
from carillon.aws.suppressions import TIMEOUT_SECONDS as SES_TIMEOUT_SECONDS
from carillon.aws.suppressions import SuppressionList
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import CarillonError
from carillon.observe import add_metric, logger, observed
from carillon.operations.actions import Services, action_of, refusal, run
from carillon.settings import OperatorSettings


@cache
def container() -> Services:
    """Return the objects that stay between invocations. The first run creates them, so that tests can set variables."""
    settings = OperatorSettings.load()
    database = Database(settings)
    return Services(
        settings=settings,
        database=database,
        dispatcher=Dispatcher(settings, database),
        endpoints=endpoints,
        suppressions=suppressions,
    )


@cache
def endpoints() -> Endpoints:
    """Return the endpoints at SNS. The first action that needs them creates the client."""
    return Endpoints(container().settings, clients.client("sns", timeout_seconds=TIMEOUT_SECONDS))


@cache
def suppressions() -> SuppressionList:
    """Return the suppression list of SES. The first action that needs it creates the client."""
    return SuppressionList(clients.client("sesv2", timeout_seconds=SES_TIMEOUT_SECONDS))


@observed
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 (AWS passes both)
    """Run one action and return `{"result": …}`, or `{"error": {"code", "message", "details"?}}`.

    The event may be any JSON. If it is no request, the answer is an error, and the function does not fail.
    """
    known = action_of(event) or "unknown"
    add_metric("OperatorActions", 1)
    try:
        result = run(container(), event).model_dump(mode="json")
    except CarillonError as error:
        logger.warning("action_refused", extra={"action": known, "error": error.code})
        return refusal(error)
    except Exception as error:  # noqa: BLE001 - its text can quote a row
        logger.error("action_failed", extra={"action": known, "error": type(error).__name__})
        return refusal(CarillonError())
    logger.info("action_done", extra={"action": known})
    return {"result": result}
