"""A phone's endpoint at Amazon SNS: made, woken, deleted. Every call may be repeated.

An endpoint carries no word about its owner (no `CustomUserData`): whose it is, only the database knows.
"""

import math
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from carillon.aws.clients import Connections
from carillon.errors import Invalid, Unavailable
from carillon.models.delivery import Platform
from carillon.settings.groups import ChannelSettings

TIMEOUT_SECONDS = 1.0  # of SNS to take a connection, and again to answer: what a client for Endpoints is made with

# "Invalid parameter: Token Reason: Endpoint arn:… already exists with the same Token, but different attributes."
_KNOWN = re.compile(r"Endpoint (arn:\S+) already exists with the same Token")
_THROTTLE = re.compile("Throttl|LimitExceeded")

logger = Logger(child=True)


class Endpoints:
    """The endpoints of this stack's applications.

    `client` is an SNS client that does not retry (clients.py) and has TIMEOUT_SECONDS. `seconds_left` says how long the
    request at hand may still wait for SNS: no call begins that could take longer, it is `Unavailable` instead.
    """

    def __init__(self, settings: ChannelSettings, client: Any, seconds_left: Callable[[], float] = lambda: math.inf):
        self._applications: dict[Platform, str | None] = {
            "apns": settings.apns_application_arn,
            "fcm": settings.fcm_application_arn,
        }
        self._connections = Connections(client)
        self.seconds_left = seconds_left

    def application(self, platform: Platform) -> str:
        """The ARN of the application that a platform's endpoints belong to.

        Raises:
            Invalid: the platform is not set up in this stack.
        """
        application = self._applications[platform]
        if application is None:
            message = f"Push by {platform} is not set up in this stack."
            raise Invalid(message, [{"field": "platform", "message": "is not set up in this stack"}])
        return application

    def awake(self, platform: Platform, token: str, known: str | None) -> str | None:
        """The ARN of a phone's endpoint, which takes pushes: the `known` one while it exists, else another.

        None when it was deleted at this very moment. A known one of an application that this stack had before is no
        longer its own to use. Raises as `create` and `enable`.
        """
        # arn:…:app/<platform>/<application> has the endpoints arn:…:endpoint/<platform>/<application>/<id>.
        ours = self.application(platform).replace(":app/", ":endpoint/", 1) + "/"
        if known is not None and known.startswith(ours) and self.enable(known, token):
            return known
        arn = self.create(platform, token)
        return arn if self.enable(arn, token) else None

    def create(self, platform: Platform, token: str) -> str:
        """The ARN of a phone's endpoint, made unless it exists.

        SNS refuses a token that it knows with other attributes (it was disabled, say, or made by something else) and
        names the endpoint in its refusal, and nowhere else.

        Raises:
            Invalid: the platform is not set up in this stack, or does not take such a token.
            Unavailable: SNS does not answer, or refuses for a reason that the caller cannot mend.
        """
        application = self.application(platform)
        try:
            with self._in_time() as sns:
                arn: str = sns.create_platform_endpoint(PlatformApplicationArn=application, Token=token)["EndpointArn"]
        except ClientError as error:
            code, words = _code(error), str(error)
            known = _KNOWN.search(words)
            if known:
                return known[1]
            if code == "InvalidParameter" and "Token" in words:
                details = [{"field": "token", "message": f"is not a token that {platform} gives out"}]
                raise Invalid(details=details) from None
            raise _unavailable(code) from None
        except BotoCoreError as error:
            raise _unavailable(type(error).__name__) from None
        return arn

    def enable(self, arn: str, token: str) -> bool:
        """Make an endpoint take pushes for this token (again). False when it cannot: it does not exist any more, or
        another one has the token by now.

        Raises:
            Unavailable: SNS does not answer, or refuses.
        """
        try:
            with self._in_time() as sns:
                sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Token": token, "Enabled": "true"})
        except ClientError as error:
            if _code(error) in ("NotFound", "InvalidParameter"):
                return False
            raise _unavailable(_code(error)) from None
        except BotoCoreError as error:
            raise _unavailable(type(error).__name__) from None
        return True

    def delete(self, arn: str) -> None:
        """Delete an endpoint; one that is gone already is fine.

        An endpoint that this stack may not delete is left, and said so in the log: its application was removed or
        replaced since. Without a row it is harmless, and repeating would be refused for ever.

        Raises:
            Unavailable: SNS does not answer, or not now.
        """
        try:
            with self._in_time() as sns:
                sns.delete_endpoint(EndpointArn=arn)
        except ClientError as error:
            code = _code(error)
            if not _is_final(error):
                raise _unavailable(code) from None
            if code != "NotFound":
                # arn:…:endpoint/<platform>/<application>/<id>: all but the id, which is a device's
                logger.warning(
                    "endpoint_left", extra={"application": arn.split("/", 1)[-1].rpartition("/")[0], "error": code}
                )
        except BotoCoreError as error:
            raise _unavailable(type(error).__name__) from None

    def tell_failures(self, topic_arn: str) -> list[Platform]:
        """Have each application of this stack tell the topic what it could not deliver; return their platforms.

        It is an attribute of the application, which CloudFormation knows nothing of (SNS developer guide, "Available
        Amazon SNS application events").

        Raises:
            Unavailable: SNS does not answer, or refuses.
        """
        told: list[Platform] = []
        for platform, application in self._applications.items():
            if application is None:
                continue
            try:
                with self._in_time() as sns:
                    sns.set_platform_application_attributes(
                        PlatformApplicationArn=application, Attributes={"EventDeliveryFailure": topic_arn}
                    )
            except ClientError as error:
                raise _unavailable(_code(error)) from None
            except BotoCoreError as error:
                raise _unavailable(type(error).__name__) from None
            told.append(platform)
        return told

    def _in_time(self) -> AbstractContextManager[Any]:
        if self.seconds_left() < 2 * TIMEOUT_SECONDS:
            raise _unavailable("no_time_left")
        return self._connections.use()


def _code(error: ClientError) -> str:
    code: str = error.response.get("Error", {}).get("Code", "unknown")
    return code.removesuffix("Exception")


def _is_final(error: ClientError) -> bool:
    """Whether the same request would be refused again: a 4xx that is no throttle."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    return 400 <= status < 500 and status != 429 and not _THROTTLE.search(_code(error))


def _unavailable(code: str) -> Unavailable:
    """SNS's name for what went wrong: its sentence may quote the token."""
    return Unavailable(details=[{"service": "sns", "error": code}])
