"""What operators see and repair, by direct invoke: IAM is the door. Events are like events/operator-stats.json."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.aws import clients
from carillon.aws.endpoints import TIMEOUT_SECONDS, Endpoints
from carillon.aws.suppressions import TIMEOUT_SECONDS as SES_TIMEOUT_SECONDS
from carillon.aws.suppressions import SuppressionList
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import CarillonError
from carillon.operations.actions import ACTIONS, Services, refusal, run
from carillon.settings import OperatorSettings

logger = Logger()
tracer = Tracer(auto_patch=False)  # a patched AWS client writes a refusal, address and all, into the trace
metrics = Metrics()


@cache
def parts() -> Services:
    """What a container keeps. Made at its first run, and not at import, so that tests choose the settings."""
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
    """Made at the first action that needs it."""
    return Endpoints(parts().settings, clients.client("sns", timeout_seconds=TIMEOUT_SECONDS))


@cache
def suppressions() -> SuppressionList:
    """Made at the first action that needs it."""
    return SuppressionList(clients.client("sesv2", timeout_seconds=SES_TIMEOUT_SECONDS))


@logger.inject_lambda_context
# Neither answers nor exceptions go into traces: an export holds addresses.
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 (AWS passes both)
    """Do one action: `{"result": …}`, or `{"error": {"code", "message", "details"?}}`."""
    action = event.get("action")
    known = action if action in ACTIONS else "unknown"
    metrics.add_metric("OperatorActions", MetricUnit.Count, 1)
    try:
        result = run(parts(), event).model_dump(mode="json")
    except CarillonError as error:
        logger.warning("action_refused", extra={"action": known, "error": error.code})
        return refusal(error)
    except Exception as error:  # noqa: BLE001 - its text can quote a row
        logger.error("action_failed", extra={"action": known, "error": type(error).__name__})
        return refusal(CarillonError())
    logger.info("action_done", extra={"action": known})
    return {"result": result}
