"""The codes of the API's errors (carillon/errors.py), and those that only the command `carillon` has."""

from carillon.codes.code import Code

API = (
    Code("invalid_json", "api", "The body of the request is not JSON, or not UTF-8.", "Send JSON in UTF-8."),
    Code(
        "unauthorized",
        "api",
        "The token is valid, but it is an ID token, or has neither a subject nor a client that Carillon can use.",
        "Send the access token. Let the issuer put `sub`, or `client_id`, into it.",
    ),
    Code(
        "forbidden",
        "api",
        "The token lacks the scope that the request needs, or a person records what only producers may.",
        "Read `message`, which names the scope. Send the request with a token that has it.",
    ),
    Code(
        "not_found",
        "api",
        "The resource does not exist, belongs to another person, or was pruned or erased.",
        "Check the id, and whose token the request has. The answer does not say which of these it was.",
    ),
    Code(
        "link_invalid",
        "api",
        "The link has a wrong signature or another purpose, or an operator retired its key.",
        "Use the link of a newer email.",
    ),
    Code("link_expired", "api", "The link is older than 400 days.", "Use the link of a newer email."),
    Code(
        "too_large",
        "api",
        "The body of the request is larger than its route accepts.",
        "Send less: docs/api.md has the limit of each route. Split a request for many people.",
    ),
    Code(
        "unsupported_encoding",
        "api",
        "The body is compressed, or declares another character set than UTF-8.",
        "Send the body uncompressed, in UTF-8.",
    ),
    Code(
        "invalid",
        "api",
        "A field of the request breaks a rule; `details` names the first ones.",
        "Correct the request. The same request would fail again.",
    ),
    Code(
        "idempotency_key_reused",
        "api",
        "An earlier request of the same creator had the same idempotency key and other content: `notification_id` is "
        "its notification, and `details` names the fields that differ.",
        "Repeat a request unchanged, or choose another key. If the first request may win, send "
        "`Idempotency-Mode: first`.",
    ),
    Code(
        "too_many",
        "api",
        "The person has recorded too many notifications for themselves within a minute.",
        "Repeat the request after `Retry-After` seconds. A producer's requests have no such limit.",
    ),
    Code(
        "internal",
        "api",
        "A fault of Carillon, or a statement that the database refused.",
        "Look at the function's log: its lines have `request_id` as `correlation_id`. A repeat does not help before a "
        "fix.",
    ),
    Code(
        "unavailable",
        "api",
        "The database or an AWS service does not answer in time, or a push is still being sent.",
        "Repeat the request after `Retry-After` seconds. With an idempotency key nothing is recorded twice.",
    ),
    Code(
        "migration_failed",
        "api",
        "A deploy could not migrate the database. It has no HTTP answer.",
        "Read the log of the function `migrate`, and deploy again. The old release keeps working.",
    ),
)

COMMAND = (
    Code(
        "cannot_reach",
        "command",
        "There is no such stack, permission or network, or the operator function or its database does not answer.",
        "Check --stack-name, --region and --profile, and attach the policy `OperatorPolicyArn`.",
    ),
    Code(
        "cannot_write",
        "command",
        "The file of `--output` could not be written.",
        "Make room, or choose another file.",
    ),
    Code("interrupted", "command", "The operator pressed Ctrl-C.", "Run the command again: it continues."),
)
