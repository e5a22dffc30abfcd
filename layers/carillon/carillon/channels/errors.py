"""What an AWS error means for a delivery: one table, read by code, then by HTTP status, then by exception.

Only an error that proves that the provider did not take the message may be tried again at once. Where there
is no proof the answer is `unknown`: the provider's event or the stuck reset decides later.

| error | outcome | because |
|---|---|---|
| a throttle code, or status 429 | throttled | a definite no, and not this delivery's fault: costs no attempt |
| account suspended or paused, sender or domain not verified, daily quota used up, configuration set missing, platform application disabled | throttled, with a pause | the stack's fault: no mail may be lost while an operator repairs it |
| the message or a parameter is refused | rejected | the same request would be refused again |
| endpoint disabled or deleted | gone | the device has to register again |
| any other 4xx, access denied and bad credentials among them | retry | a definite no that a person can repair; an unknown code must end in the dead-letter queue, where it is seen |
| no credentials, no region, no connection (refused, timed out, no such host, no proxy, bad certificate) | retry | the request never left |
| parameters that botocore refuses | rejected | the request never left, and never will |
| 5xx, no answer in time, connection lost, an answer that cannot be read, anything else | unknown | the request may have been accepted |

An outage is told from a delivery's own trouble by `Outcome.reached`. False: nothing came back (no connection, no answer,
5xx), or the provider sends for nobody (PAUSED, but for one platform's application). True: any other answer of the
provider. None: it was never asked, or what went wrong is not known to be its fault.

Sources: the error shapes of SESv2 SendEmail and SNS Publish in botocore's service models; the throttle codes
in botocore/retries/standard.py; which exception is raised before and which after the request has been written
in botocore/httpsession.py and urllib3/connectionpool.py (a TLS error is raised for both, so only a failed
certificate check counts as before).
"""  # noqa: E501 (a table row is one line)

import re
import ssl
from collections.abc import Callable

from botocore import exceptions as botocore_errors

from carillon.models.delivery import Outcome, OutcomeKind

MAX_DETAIL = 300

# An answer's own words may tell more than its code: (code, message) → the code to look up.
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
# One platform's: the other one may well send.
PAUSED_IN_PART = frozenset({"platform_application_disabled"})
REJECTED = frozenset({
    "bad_request", "invalid_parameter", "invalid_parameter_value", "message_rejected", "parameter_value_invalid",
    "recipient_not_verified", "request_entity_too_large", "validation", "validation_error",
})  # fmt: skip
GONE = frozenset({"endpoint_disabled", "endpoint_not_found"})

# Raised before the request is written. Those not named here or above may come after it.
_NEVER_LEFT: dict[type[Exception], str] = {
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
    """The outcome of a send that raised `error`; `detail` holds no personal data.

    `pause_seconds` is how long a delivery waits while the stack itself cannot send.
    """
    if isinstance(error, botocore_errors.ClientError):
        return _answered(error, pause_seconds, refine)
    if isinstance(error, (botocore_errors.ParamValidationError, botocore_errors.ValidationError)):
        # Its message repeats values of the request, so it stays out of the detail.
        return Outcome(OutcomeKind.REJECTED, "invalid_request", "The request has an invalid parameter.")
    if isinstance(error, botocore_errors.SSLError) and _is_certificate_failure(error):
        return Outcome(OutcomeKind.RETRY, "bad_certificate", redact(str(error)), reached=False)
    for kind, table in ((OutcomeKind.RETRY, _NEVER_LEFT), (OutcomeKind.UNKNOWN, _NO_ANSWER)):
        for exception, code in table.items():
            if isinstance(error, exception):
                return Outcome(kind, code, redact(str(error)), reached=False)
    # Of an exception nobody foresaw only the type is told: its message may hold anything.
    return Outcome(OutcomeKind.UNKNOWN, "no_definite_answer", type(error).__name__)


def _answered(error: botocore_errors.ClientError, pause_seconds: int, refine: Refine) -> Outcome:
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
    # Any other 5xx is no definite answer. Status 0: not an answer over HTTP at all.
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
    """An AWS error code as this service stores it: `TooManyRequestsException` → `too_many_requests`."""
    name = code.rsplit("#", 1)[-1].removesuffix("Exception")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return re.sub(r"[^a-z0-9]+", "_", words).strip("_")[:60] or "unnamed_error"


_PERSONAL = (
    (re.compile(r"\barn:aws[\w-]*:\S+"), "[arn]"),
    (re.compile(r'"[^"]*"@\S*'), "[address]"),  # a quoted local part may hold spaces
    (re.compile(r"\S*(?:@|%40)\S*"), "[address]"),
    # What a provider quotes came from the request.
    (re.compile(r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|`[^`]*`|<[^>]*>"), "[quoted]"),
    # Device tokens, access keys, account numbers: long runs with a digit in them.
    (re.compile(r"(?=[a-zA-Z_+=:-]*\d)[\w+=:-]{24,}|\d{6,}|\b(?=[A-Z0-9]*\d)[A-Z0-9]{16,}\b"), "[id]"),
)


def redact(message: str) -> str:
    """A provider's message without addresses, ARNs, tokens, numbers or quoted input, on one short line."""
    for pattern, instead in _PERSONAL:
        message = pattern.sub(instead, message)
    message = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    return message if len(message) <= MAX_DETAIL else message[: MAX_DETAIL - 1] + "…"
