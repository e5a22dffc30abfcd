"""The endpoint of a phone at Amazon SNS: create, enable and delete it. Every call may be repeated.

An endpoint has no `CustomUserData`: only the database knows which person it belongs to.
"""

import math
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from carillon.aws.clients import Connections
from carillon.errors import Invalid, Unavailable
from carillon.models.delivery import Platform
from carillon.settings.groups import ChannelSettings

TIMEOUT_SECONDS = 1.0  # for SNS to accept a connection, and again to answer; callers make their SNS client with it

# "Invalid parameter: Token Reason: Endpoint arn:… already exists with the same Token, but different attributes."
_KNOWN = re.compile(r"Endpoint (arn:\S+) already exists with the same Token")
_THROTTLE = re.compile("Throttl|LimitExceeded")

logger = Logger(child=True)


class Endpoints:
    """The endpoints of this stack's platform applications.

    `client` is an SNS client with TIMEOUT_SECONDS that does not retry (clients.py). `seconds_left` returns how long the
    current request may still wait for SNS. A call that could take longer raises `Unavailable` instead.
    """

    def __init__(self, settings: ChannelSettings, client: Any, seconds_left: Callable[[], float] = lambda: math.inf):
        self._applications: dict[Platform, str | None] = {
            "apns": settings.apns_application_arn,
            "fcm": settings.fcm_application_arn,
        }
        self._connections = Connections(client)
        self.seconds_left = seconds_left

    def application(self, platform: Platform) -> str:
        """Return the ARN of the application for the endpoints of a platform.

        Raises:
            Invalid: this stack has no application for the platform.
        """
        application = self._applications[platform]
        if application is None:
            message = f"Push by {platform} is not set up in this stack."
            raise Invalid(message, [{"field": "platform", "message": "is not set up in this stack"}])
        return application

    def ensure_enabled(self, platform: Platform, token: str, known: str | None) -> str | None:
        """Return the ARN of an enabled endpoint for a phone: `known` if SNS still has it, otherwise another.

        The result is None if the endpoint was deleted at this moment. If `known` belongs to an application that the
        stack no longer uses, the phone gets another endpoint. Raises the errors of `create` and `enable`.
        """
        # arn:…:app/<platform>/<application> has the endpoints arn:…:endpoint/<platform>/<application>/<id>.
        prefix = self.application(platform).replace(":app/", ":endpoint/", 1) + "/"
        if known is not None and known.startswith(prefix) and self.enable(known, token):
            return known
        arn = self.create(platform, token)
        return arn if self.enable(arn, token) else None

    def create(self, platform: Platform, token: str) -> str:
        """Create the endpoint of a phone unless it exists, and return its ARN.

        SNS refuses a known token if the attributes differ: the endpoint is disabled, or another program created it.
        Only the message of that refusal names the endpoint.

        Raises:
            Invalid: this stack has no application for the platform, or the platform does not accept the token.
            Unavailable: SNS does not answer, or refuses for a reason that the caller cannot fix.
        """
        application = self.application(platform)
        try:
            with self._request() as sns:
                arn: str = sns.create_platform_endpoint(PlatformApplicationArn=application, Token=token)["EndpointArn"]
        except ClientError as error:
            code, message = _code(error), str(error)
            known = _KNOWN.search(message)
            if known:
                return known[1]
            if code == "InvalidParameter" and "Token" in message:
                details = [{"field": "token", "message": f"is not a token that {platform} gives out"}]
                raise Invalid(details=details) from None
            raise _unavailable(code) from None
        return arn

    def enable(self, arn: str, token: str) -> bool:
        """Enable an endpoint for this token, and return True.

        The result is False if the endpoint does not exist, or if another endpoint has the token now.

        Raises:
            Unavailable: SNS does not answer, or refuses.
        """
        try:
            with self._request() as sns:
                sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Token": token, "Enabled": "true"})
        except ClientError as error:
            if _code(error) in ("NotFound", "InvalidParameter"):
                return False
            raise _unavailable(_code(error)) from None
        return True

    def delete(self, arn: str) -> None:
        """Delete an endpoint, if it exists.

        If SNS forbids the deletion for good, the endpoint stays and the log says so: the stack's application was
        removed or replaced. Without a row the endpoint is harmless, and SNS would refuse every repetition.

        Raises:
            Unavailable: SNS does not answer, or cannot do it now.
        """
        try:
            with self._request() as sns:
                sns.delete_endpoint(EndpointArn=arn)
        except ClientError as error:
            code = _code(error)
            if not _is_final(error):
                raise _unavailable(code) from None
            if code != "NotFound":
                # arn:…:endpoint/<platform>/<application>/<id>: without the id, which belongs to a device
                logger.warning(
                    "endpoint_left", extra={"application": arn.split("/", 1)[-1].rpartition("/")[0], "error": code}
                )

    def publish_failures_to(self, topic_arn: str) -> list[Platform]:
        """Make each application of this stack publish its delivery failures to a topic; return their platforms.

        CloudFormation does not know this attribute of an application. Source: SNS developer guide, "Available Amazon
        SNS application events".

        Raises:
            Unavailable: SNS does not answer, or refuses.
        """
        platforms: list[Platform] = []
        for platform, application in self._applications.items():
            if application is None:
                continue
            try:
                with self._request() as sns:
                    sns.set_platform_application_attributes(
                        PlatformApplicationArn=application, Attributes={"EventDeliveryFailure": topic_arn}
                    )
            except ClientError as error:
                raise _unavailable(_code(error)) from None
            platforms.append(platform)
        return platforms

    @contextmanager
    def _request(self) -> Generator[Any]:
        """Lend the SNS client for one request. A refusal remains a ClientError, for the caller to judge.

        Raises:
            Unavailable: SNS does not answer, or the time left is too short for a request.
        """
        if self.seconds_left() < 2 * TIMEOUT_SECONDS:
            raise _unavailable("no_time_left")
        try:
            with self._connections.use() as sns:
                yield sns
        except BotoCoreError as error:
            raise _unavailable(type(error).__name__) from None


def _code(error: ClientError) -> str:
    code: str = error.response.get("Error", {}).get("Code", "unknown")
    return code.removesuffix("Exception")


def _is_final(error: ClientError) -> bool:
    """Return True if SNS would refuse the same request again: a 4xx that is not a throttle."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    return 400 <= status < 500 and status != 429 and not _THROTTLE.search(_code(error))


def _unavailable(code: str) -> Unavailable:
    """Build the error with the code of SNS only, because the message of SNS may quote the token."""
    return Unavailable(details=[{"service": "sns", "error": code}])
