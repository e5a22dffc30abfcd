"""The shared table from an error of AWS to the outcome of a delivery.

The table is read by error code, then by HTTP status, then by exception. A delivery may be retried at once only if the
error proves that the provider did not accept the message. Without that proof the outcome is `unknown`: the provider's
event or the stuck reset decides later. `channels/<channel>/errors.py` has what is special about one provider.

| error | outcome | reason |
|---|---|---|
| a throttle code, or status 429 | throttled | A definite no, which is not this delivery's fault. It costs no attempt. |
| account suspended or paused, sender or domain not verified, daily quota used up, configuration set missing, platform application disabled | throttled, with a pause | The stack's fault. No message may be lost while an operator repairs it. |
| the message or a parameter is refused | rejected | The provider would refuse the same request again. |
| endpoint disabled or deleted | gone | The device must register again. |
| any other 4xx, such as access denied and bad credentials | retry | A definite no that an operator can repair. An unknown code must reach the dead-letter queue, where the operator sees it. |
| no credentials, no region, no connection (refused, timed out, no such host, no proxy, bad certificate) | retry | The request was not sent. |
| parameters that botocore refuses | rejected | The request was not sent, and never can be. |
| 5xx, no answer in time, connection lost, an unreadable answer, any other exception | unknown | The provider may have accepted the request. |

`Outcome.reached` separates an outage of the provider from a failure of one delivery:

- False: nothing came back (no connection, no answer, 5xx), or the provider sends for no one. The latter are the codes
  in PAUSED, except the code of one platform's application.
- True: the provider gave any other answer.
- None: the provider was never asked, or the cause of the failure is not known.

Sources: the error shapes of SESv2 SendEmail and SNS Publish in botocore's service models; the throttle codes in
botocore/retries/standard.py. botocore/httpsession.py and urllib3/connectionpool.py show which exceptions come before the
request is written and which after it. A TLS error can be both, so only a failed certificate check counts as before.
"""  # noqa: E501 (a table row is one line)

import re
import ssl
from collections.abc import Callable

from botocore import exceptions as botocore_errors

from carillon.graphemes import end_with_ellipsis
from carillon.models.delivery import Outcome, OutcomeKind

MAX_DETAIL = 300

# The message of an answer may be more precise than its code. From both, return the code to look up in the table.
Refine = Callable[[str, str], str]

THROTTLED = frozenset({
    "bandwidth_limit_exceeded", "kms_throttling", "limit_exceeded", "prior_request_not_complete",
    "request_limit_exceeded", "request_throttled", "slow_down", "throttled", "throttling", "too_many_requests",
})  # fmt: skip
PAUSED = frozenset({
    "account_sending_paused", "account_suspended", "configuration_not_found", "configuration_set_sending_paused",
    "daily_quota_exceeded", "mail_from_domain_not_verified", "platform_application_disabled", "sender_not_verified",
    "sending_paused",
})  # fmt: skip
# These pause one platform only. The other platform may still send.
PAUSED_IN_PART = frozenset({"platform_application_disabled"})
REJECTED = frozenset({
    "bad_request", "invalid_parameter", "invalid_parameter_value", "message_rejected", "parameter_value_invalid",
    "recipient_not_verified", "request_entity_too_large", "validation", "validation_error",
})  # fmt: skip
GONE = frozenset({"endpoint_disabled", "endpoint_not_found"})

# botocore raises these before it writes the request. It may raise any other exception after that.
_NOT_SENT: dict[type[Exception], str] = {
    botocore_errors.ConnectTimeoutError: "connect_timeout",
    botocore_errors.EndpointConnectionError: "no_connection",
    botocore_errors.ProxyConnectionError: "no_proxy_connection",
    botocore_errors.NoCredentialsError: "no_credentials",
    botocore_errors.PartialCredentialsError: "no_credentials",
    botocore_errors.CredentialRetrievalError: "no_credentials",
    botocore_errors.MetadataRetrievalError: "no_credentials",
    botocore_errors.NoAuthTokenError: "no_credentials",
    botocore_errors.TokenRetrievalError: "no_credentials",
    botocore_errors.BaseEndpointResolverError: "no_endpoint",
    botocore_errors.EndpointProviderError: "no_endpoint",
}
_NO_ANSWER: dict[type[Exception], str] = {
    botocore_errors.ReadTimeoutError: "read_timeout",
    botocore_errors.ConnectionClosedError: "connection_lost",
    botocore_errors.ResponseStreamingError: "connection_lost",
    botocore_errors.IncompleteReadError: "connection_lost",
    botocore_errors.SSLError: "tls_failed",
}


def outcome_of(error: Exception, *, pause_seconds: int, refine: Refine = lambda code, _: code) -> Outcome:
    """Return the outcome of a send that raised `error`. Its `detail` holds no personal data.

    `pause_seconds` is the delay of a delivery while the stack itself cannot send.
    """
    if isinstance(error, botocore_errors.ClientError):
        return _outcome_of_answer(error, pause_seconds, refine)
    if isinstance(error, (botocore_errors.ParamValidationError, botocore_errors.ValidationError)):
        # The message of this error repeats values of the request, so it is not part of the detail.
        return Outcome(OutcomeKind.REJECTED, "invalid_request", "The request has an invalid parameter.")
    if isinstance(error, botocore_errors.SSLError) and _is_certificate_failure(error):
        return Outcome(OutcomeKind.RETRY, "bad_certificate", redact(str(error)), reached=False)
    for kind, table in ((OutcomeKind.RETRY, _NOT_SENT), (OutcomeKind.UNKNOWN, _NO_ANSWER)):
        for exception, code in table.items():
            if isinstance(error, exception):
                return Outcome(kind, code, redact(str(error)), reached=False)
    # The message of an unexpected exception may hold anything, so the detail is its type alone.
    return Outcome(OutcomeKind.UNKNOWN, "no_definite_answer", type(error).__name__)


def _outcome_of_answer(error: botocore_errors.ClientError, pause_seconds: int, refine: Refine) -> Outcome:
    response = error.response
    raw = str(response.get("Error", {}).get("Code") or "")
    message = str(response.get("Error", {}).get("Message") or "")
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    code = refine(snake_case(raw), message)
    detail = redact(f"{raw} ({status}): {message}")
    if code in PAUSED:
        reached = code in PAUSED_IN_PART
        return Outcome(OutcomeKind.THROTTLED, code, detail, pause_seconds=pause_seconds, reached=reached)
    if code in THROTTLED or status == 429:
        return Outcome(OutcomeKind.THROTTLED, code, detail, reached=True)
    # Any other 5xx is no definite answer. The status 0 means that the answer did not come over HTTP.
    if not 400 <= status < 500:
        return Outcome(OutcomeKind.UNKNOWN, code, detail, reached=False if status >= 500 else None)
    if code in GONE:
        return Outcome(OutcomeKind.GONE, code, detail, reached=True)
    return Outcome(OutcomeKind.REJECTED if code in REJECTED else OutcomeKind.RETRY, code, detail, reached=True)


def _is_certificate_failure(error: botocore_errors.SSLError) -> bool:
    cause = error.kwargs.get("error")
    causes = (cause, *getattr(cause, "args", ()))
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in causes)


def snake_case(code: str) -> str:
    """Return an AWS error code in the stored form: `TooManyRequestsException` → `too_many_requests`."""
    name = code.rsplit("#", 1)[-1].removesuffix("Exception")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return re.sub(r"[^a-z0-9]+", "_", words).strip("_")[:60] or "unnamed_error"


_PERSONAL = (
    (re.compile(r"\barn:aws[\w-]*:\S+"), "[arn]"),
    (re.compile(r'"[^"]*"@\S*'), "[address]"),  # a quoted local part may hold spaces
    (re.compile(r"\S*(?:@|%40)\S*"), "[address]"),
    # A provider quotes values of the request.
    (re.compile(r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|`[^`]*`|<[^>]*>"), "[quoted]"),
    # Device tokens, access keys and account numbers are long and contain a digit.
    (re.compile(r"(?=[a-zA-Z_+=:-]*\d)[\w+=:-]{24,}|\d{6,}|\b(?=[A-Z0-9]*\d)[A-Z0-9]{16,}\b"), "[id]"),
)


def redact(message: str) -> str:
    """Return a provider's message on one short line, without addresses, ARNs, tokens, numbers or quoted input."""
    for pattern, placeholder in _PERSONAL:
        message = pattern.sub(placeholder, message)
    message = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    return end_with_ellipsis(message, MAX_DETAIL)
