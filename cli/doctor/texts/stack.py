"""The texts about the stack, and about what its functions see."""

from cli.doctor.kinds import Kind, Level

_ROLES = "`sam deploy` with the administrator's secret, or run `prepare_roles.sql`: docs/deploy.md#a-database-of-yours."

KINDS = (
    Kind(
        "stack_failed", Level.PROBLEM,
        "The stack is {status}.",
        "CloudFormation stopped in the middle. Parts of the stack may be missing.",
        "`aws cloudformation describe-stack-events --stack-name …` names the reason;"
        " then run the same `sam deploy` again.",
    ),
    Kind(
        "stack_rolled_back", Level.WARNING,
        "The stack is {status}: the last deploy failed.",
        "The release before is running, on the schema of the newer one.",
        "`aws cloudformation describe-stack-events --stack-name …` names the reason; then deploy again.",
    ),
    Kind(
        "stack_changing", Level.WARNING,
        "The stack is {status}.",
        "A deploy is running, so other findings may be about a moment in between.",
        "`aws cloudformation wait stack-update-complete --stack-name …`, then `carillon doctor` again.",
    ),
    Kind(
        "stack_drifted", Level.WARNING,
        "The last drift detection ({at}) found resources that differ from the template.",
        "The next deploy may undo a change by hand, or fail at it.",
        "`carillon doctor --drift` names them.",
    ),
    Kind(
        "resources_drifted", Level.WARNING,
        "{count} resources differ from the template: {names}.",
        "The next deploy may undo a change by hand, or fail at it.",
        "`aws cloudformation describe-stack-resource-drifts --stack-name …` shows each difference: undo it,"
        " or put it into the template.",
    ),
    Kind(
        "api_silent", Level.PROBLEM,
        "The API does not answer: {error}.",
        "Bells and producers get no answer either, if the cause is not the network of this machine.",
        "`curl $API_URL/health`, and docs/operations.md#api-errors.",
    ),
    Kind(
        "api_unhealthy", Level.PROBLEM,
        "`GET /health` answers {status}.",
        "The API or its database does not work.",
        "docs/operations.md#api-errors says which log to read first; `carillon stats` asks the database.",
    ),
    Kind(
        "api_without_routes", Level.PROBLEM,
        "`GET /notifications` answers 404.",
        "The API has lost its routes: a deploy that cannot make them fails. The address may be another API's.",
        "`carillon doctor --drift` shows what was changed by hand; deploy again.",
    ),
    Kind(
        "api_open", Level.PROBLEM,
        "`GET /notifications` without a token answers {status} instead of 401.",
        "The authorizer does not refuse the request, or the API does not work.",
        "docs/operations.md#api-errors; `carillon doctor --drift` shows whether the API was changed by hand.",
    ),
    Kind(
        "database_silent", Level.PROBLEM,
        "The functions cannot use the database: {error}.",
        "Nothing is recorded and nothing is sent.",
        "The line `database_refused` in the log of `operator` has the reason; `carillon explain` explains it.",
    ),
    Kind(
        "schema_behind", Level.PROBLEM,
        "The database lacks files of this release: {names}.",
        "Functions call what does not exist yet.",
        "`sam deploy` again; the log of `migrate` says why the migration did not run.",
    ),
    Kind(
        "role_missing", Level.PROBLEM,
        "The database has no role `{role}`.",
        "The functions of this role get no connection.",
        _ROLES,
    ),
    Kind(
        "role_too_strong", Level.PROBLEM,
        "The role `{role}` has rights that no function needs, such as those of a superuser.",
        "An error in one function could then reach all data of the server.",
        "`ALTER ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS`, as the administrator.",
    ),
    Kind(
        "role_cannot_sign_in", Level.PROBLEM,
        "The role `{role}` may not sign in.",
        "It lacks `LOGIN` or, on RDS, the membership in `rds_iam`. Its functions get no connection.",
        _ROLES,
    ),
    Kind(
        "role_limit", Level.WARNING,
        "The role `{role}` has the connection limit {limit}; its share is {share}.",
        "A storm at its functions can take the connections of the others. After an upgrade to three roles,"
        " the second deploy sets it.",
        _ROLES,
    ),
    Kind(
        "connections_oversold", Level.WARNING,
        "The roles of the server may take {limits} connections together, and it has {connections}.",
        "Several stacks, or a stack and an application, share it. If all are busy, one gets 503 below its own limit.",
        "Lower the limits: docs/deploy.md#connections-of-several-stacks.",
    ),
    Kind(
        "endpoint_unreachable", Level.PROBLEM,
        "The functions do not reach {service} at {host}: {error}.",
        "With `Network={network}`, the route, an endpoint or a security group is missing. Deliveries wait or fail.",
        "docs/deploy.md#networks; `carillon doctor --drift` shows whether the network was changed by hand.",
    ),
    Kind(
        "endpoint_needed_later", Level.WARNING,
        "The functions do not reach {service} at {host}: {error}.",
        "Only a deploy needs it, to read the administrator's secret. With `Network={network}` the next one fails.",
        "docs/deploy.md#networks; `carillon doctor --drift` shows whether the network was changed by hand.",
    ),
)  # fmt: skip
