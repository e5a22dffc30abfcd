"""The authorizer of AppSync Events: who may connect, and to which channels a person may listen."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.live.authorize import Authorizer
from carillon.live.keys import SigningKeys
from carillon.observe import add_metric, logger, observed
from carillon.settings import LiveAuthorizerSettings

# AppSync keeps no answer. An answer holds for one channel and one moment: AppSync does not promise that it tells kept
# answers apart by the channel, and a kept one could outlive its token.
KEPT_SECONDS = 0


@cache
def authorizer() -> Authorizer:
    """Return the authorizer, which stays between invocations. The first event creates it: tests set variables."""
    settings = LiveAuthorizerSettings.load()
    return Authorizer(settings, SigningKeys(settings.jwt_issuer))


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 (AWS passes both)
    """Answer one event of AppSync."""
    decision = authorizer().decide(event)
    add_metric("ListenerAccepted" if decision.accepted else "ListenerRefused", 1)
    if not decision.accepted:
        logger.info("listener_refused", extra={"reason": decision.reason})
    return {"isAuthorized": decision.accepted, "ttlOverride": KEPT_SECONDS}
