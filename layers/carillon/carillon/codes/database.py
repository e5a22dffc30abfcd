"""The reasons why the database refused a connection, as the log line `database_refused` has them."""

from carillon.codes.code import Code

DATABASE = (
    Code(
        "certificate_not_trusted",
        "database",
        "No authority in `rds-ca.pem` signed the database's certificate.",
        "Use a database of Amazon RDS, or update the file with `bin/refresh-certificates`.",
    ),
    Code(
        "certificate_of_another_host",
        "database",
        "The certificate is for another name than the address of the database.",
        "Use the endpoint's own name, not an alias.",
    ),
    Code("no_tls", "database", "The database does not accept TLS.", "Switch TLS on at the database."),
    Code(
        "sign_in_refused",
        "database",
        "The role lacks `rds_iam`, the function lacks `rds-db:connect`, or the token has expired.",
        "Deploy again: the deploy creates the roles and the policies.",
    ),
    Code(
        "too_many_connections",
        "database",
        "The limit of connections of the role or of the database is reached.",
        "Choose a larger `Size`, or `Database=multi-az-proxy`.",
    ),
    Code(
        "no_such_role_or_database",
        "database",
        "The roles or the database do not exist.",
        "The first deploy creates them: see the log of the function `migrate`.",
    ),
    Code(
        "no_such_host",
        "database",
        "The name of the database does not exist, or DNS does not answer.",
        "Compare the setting with the database's endpoint.",
    ),
    Code(
        "no_answer",
        "database",
        "The database does not answer, or the network does not let the function through.",
        "Let security groups and subnets allow connections from the functions.",
    ),
)
