"""The error codes of deliveries: why a send failed or was delayed.

Most are the error codes of AWS in snake_case (channels/errors.py). The list has those that the service models of SES
and SNS name, and the common ones of all services.
"""

from carillon.codes.code import Code

_RETRY = "Then `carillon retry --error CODE` sends the failed deliveries again."

UNKNOWN = Code(
    "unknown",
    "delivery",
    "AWS answered with an error that Carillon's table does not list. The code is its name in snake_case.",
    f"Look the name up in the documentation of SES or SNS, and fix the cause. {_RETRY}",
)

_STACK = "Deliveries wait meanwhile and lose no attempt."


def _throttle(name: str, *aws: str) -> Code:
    return Code(
        name,
        "delivery",
        "SES or SNS refuses because there are too many requests. Carillon sends more slowly, and no attempt is lost.",
        "Do nothing, or ask AWS for a higher rate.",
        aws,
    )


def _stack(name: str, cause: str, remedy: str, *aws: str) -> Code:
    return Code(name, "delivery", cause, f"{remedy} {_STACK}", aws)


def _failure(name: str, cause: str, remedy: str, *aws: str) -> Code:
    return Code(name, "delivery", cause, f"{remedy} {_RETRY.replace('CODE', name)}", aws)


def _no_answer(name: str, cause: str) -> Code:
    return Code(
        name,
        "delivery",
        cause,
        "Do nothing at first: Carillon tries again, and pauses the channel in an outage. Later, check the network.",
    )


_ACCESS = (
    "Allow `ses:SendEmail` (email, from the address `EmailFrom`) or `sns:Publish` (push) to the role of `deliver`: "
    "deploy again, and check boundaries, SCPs and policies of endpoints."
)
_CREDENTIALS = "Check that the role of the function `deliver` exists and may be assumed, and deploy again."
_KMS = "Repair the KMS key, or its policy, that the SNS platform application uses."

DELIVERY = (
    _failure(
        "access_denied",
        "IAM does not allow the function `deliver` to send: the action `ses:SendEmail` or `sns:Publish` is missing.",
        _ACCESS,
        "AccessDeniedException",
        "AccessDenied",
    ),
    _failure(
        "authorization_error",
        "SNS does not allow the function `deliver` to send: the action `sns:Publish` is missing.",
        _ACCESS,
        "AuthorizationErrorException",
    ),
    _failure("expired_token", "The credentials of the function had expired.", _CREDENTIALS, "ExpiredTokenException"),
    _failure("request_expired", "AWS got the request too late, or a clock is wrong.", _CREDENTIALS, "RequestExpired"),
    _failure("unrecognized_client", "AWS does not know the credentials.", _CREDENTIALS, "UnrecognizedClientException"),
    _failure("invalid_client_token_id", "AWS does not know the access key.", _CREDENTIALS, "InvalidClientTokenId"),
    _failure("signature_does_not_match", "The signature is wrong.", _CREDENTIALS, "SignatureDoesNotMatch"),
    _failure("invalid_security", "SNS does not accept the credentials.", _CREDENTIALS, "InvalidSecurity"),
    _failure("kms_access_denied", "SNS may not use the KMS key.", _KMS, "KMSAccessDenied"),
    _failure("kms_disabled", "The KMS key is disabled.", _KMS, "KMSDisabled"),
    _failure("kms_invalid_state", "The KMS key is in a state in which it cannot be used.", _KMS, "KMSInvalidState"),
    _failure("kms_not_found", "The KMS key does not exist.", _KMS, "KMSNotFound"),
    _failure("kms_opt_in_required", "The account is not subscribed to KMS.", _KMS, "KMSOptInRequired"),
    _stack(
        "account_suspended",
        "SES suspended the account.",
        "See the case in the Support Center of AWS.",
        "AccountSuspendedException",
    ),
    _stack(
        "account_sending_paused",
        "Sending is paused for the whole account.",
        "Find the reason in the SES console, then allow sending there.",
        "AccountSendingPausedException",
    ),
    _stack(
        "sending_paused",
        "SES paused sending for the account or the configuration set.",
        "Find the reason in the SES console, then allow sending there.",
        "SendingPausedException",
    ),
    _stack(
        "configuration_set_sending_paused",
        "Sending is paused for the configuration set of the stack.",
        "Allow sending for the configuration set in the SES console.",
        "ConfigurationSetSendingPausedException",
    ),
    _stack(
        "configuration_not_found",
        "The configuration set or the identity of the sender does not exist in this region.",
        "Deploy again, and verify the sender in the region of the stack.",
    ),
    _stack(
        "mail_from_domain_not_verified",
        "The MAIL FROM domain of the sender is not verified.",
        "Publish the DNS records that the SES console shows.",
        "MailFromDomainNotVerifiedException",
    ),
    _stack(
        "sender_not_verified",
        "SES has not verified the address or the domain of the sender.",
        "Verify `EmailFrom` in SES, in the region of the stack.",
    ),
    _stack("daily_quota_exceeded", "The quota of emails for 24 hours is used up.", "Ask AWS for a higher quota."),
    _stack(
        "platform_application_disabled",
        "The SNS platform application is disabled, mostly because its credentials expired.",
        "Renew the credentials of the platform application and enable it.",
        "PlatformApplicationDisabled",
    ),
    _throttle("too_many_requests", "TooManyRequestsException"),
    _throttle("throttling", "ThrottlingException", "Throttling"),
    _throttle("throttled", "ThrottledException"),
    _throttle("limit_exceeded", "LimitExceededException"),
    _throttle("request_limit_exceeded", "RequestLimitExceeded"),
    _throttle("request_throttled", "RequestThrottled"),
    _throttle("bandwidth_limit_exceeded", "BandwidthLimitExceeded"),
    _throttle("prior_request_not_complete", "PriorRequestNotComplete"),
    _throttle("slow_down", "SlowDown"),
    _throttle("kms_throttling", "KMSThrottling"),
    _failure(
        "message_rejected",
        "SES refuses the content of the email or the sender.",
        "Read `last_error` in `carillon failed ls --json`, and fix it.",
        "MessageRejected",
    ),
    _failure(
        "recipient_not_verified",
        "The account is in the sandbox of SES, and the recipient is not verified.",
        "Request production access for SES, or verify the recipient.",
    ),
    *(
        _failure(name, "SES or SNS refuses the request.", "Read `last_error` of `carillon failed ls --json`.", *aws)
        for name, *aws in (
            ("bad_request", "BadRequestException"),
            ("invalid_parameter", "InvalidParameterException"),
            ("invalid_parameter_value", "InvalidParameterValueException"),
            ("parameter_value_invalid", "ParameterValueInvalid"),
            ("validation", "ValidationException"),
            ("validation_error", "ValidationError"),
            ("request_entity_too_large", "RequestEntityTooLarge"),
        )
    ),
    _failure(
        "invalid_request",
        "The request has an invalid parameter, so it was not sent to AWS.",
        "Report a defect.",
    ),
    _failure(
        "not_rendered",
        "The email or push could not be made from the notification; `last_error` names the exception.",
        "Report a defect, and deploy the fix.",
    ),
    _failure(
        "endpoint_disabled",
        "Apple or Google no longer accepts the device, so SNS disabled its endpoint.",
        "Do nothing: the application registers the device again when it is opened.",
        "EndpointDisabled",
    ),
    _failure(
        "endpoint_not_found",
        "The endpoint of the device was deleted at SNS.",
        "Do nothing: the application registers the device again when it is opened.",
    ),
    _no_answer("connect_timeout", "No connection to AWS within the time limit."),
    _no_answer("no_connection", "No connection to AWS: refused, or no such host."),
    _no_answer("no_proxy_connection", "No connection to the proxy in front of AWS."),
    _failure("no_credentials", "The function has no credentials.", _CREDENTIALS),
    _failure("no_endpoint", "The region or the endpoint of AWS is not known.", "Deploy in another region."),
    _failure("bad_certificate", "The certificate of AWS is not trusted.", "Check the proxy and the network."),
    _no_answer("read_timeout", "AWS did not answer in time. It may have accepted the message."),
    _no_answer("connection_lost", "The connection broke before the answer. AWS may have accepted the message."),
    _no_answer("tls_failed", "TLS failed, before or after the request. AWS may have accepted the message."),
    _no_answer("no_definite_answer", "The send ended with an exception that proves nothing."),
    _no_answer("send_raised", "The worker's send ended with an unexpected exception."),
    _no_answer("internal_error", "SNS has an internal error, and may have accepted the message."),
    _no_answer("unnamed_error", "AWS answered with an error without a name."),
    Code(
        "no_time_left",
        "delivery",
        "The worker had no time left to begin the send. No attempt is lost.",
        "Do nothing: the delivery is sent with the next batch.",
    ),
    Code(
        "stuck",
        "delivery",
        "A worker claimed the delivery and never finished it: a crash, a timeout or no memory.",
        "Read the log of `deliver`. The reaper sends the delivery again while it has attempts.",
    ),
)
