"""The suppression list of SES, which SES itself never sends to.

Carillon's own list is in the database: database/schema/functions/13_suppression.sql.
"""

from typing import Any, Literal

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from carillon.aws.clients import Connections
from carillon.errors import Unavailable

TIMEOUT_SECONDS = 5.0

logger = Logger(child=True)


class SuppressionList:
    """The suppression list of the account. `client` is an SESv2 client that does not retry (clients.py)."""

    def __init__(self, client: Any) -> None:
        self._connections = Connections(client)

    def remove(self, address: str) -> Literal["removed", "not_listed", "refused"]:
        """Remove an address from the list, and return what SES answered.

        If SES refuses for good, the result is `refused`, and the operator can remove the address by hand.

        Raises:
            Unavailable: SES does not answer, or cannot do it now; repeating is safe.
        """
        try:
            with self._connections.use() as ses:
                ses.delete_suppressed_destination(EmailAddress=address)
        except ClientError as error:
            code: str = error.response.get("Error", {}).get("Code", "unknown")
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
            if code == "NotFoundException":
                return "not_listed"
            if not 400 <= status < 500 or status == 429 or code == "TooManyRequestsException":
                raise Unavailable(details=[{"service": "ses", "error": code}]) from None
            logger.warning("suppression_kept", extra={"error": code})  # the message of SES may quote the address
            return "refused"
        except BotoCoreError as error:
            raise Unavailable(details=[{"service": "ses", "error": type(error).__name__}]) from None
        return "removed"
