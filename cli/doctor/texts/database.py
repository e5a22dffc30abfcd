"""The texts about the database that a deploy keeps, leaves, or makes from a snapshot."""

from cli.doctor.kinds import Kind, Level

KINDS = (
    Kind(
        "database_left", Level.PROBLEM,
        "The stack has `Database={old}`, and `Database={new}` is another database.",
        "It begins empty, or with what it already has. Notifications and pending deliveries stay in the old one.",
        "Name the database of the stack: `--database {old}`. docs/scale.md#move-to-aurora moves an instance to Aurora.",
    ),
    Kind(
        "snapshot_changed", Level.PROBLEM,
        "The cluster was made with another `DatabaseSnapshot`: {snapshot}.",
        "CloudFormation replaces a cluster whose snapshot changes. What was recorded since is not in the new one.",
        "Deploy with the same `DatabaseSnapshot` as before; docs/scale.md#move-to-aurora says where to keep it.",
    ),
    Kind(
        "aurora_version_missing", Level.PROBLEM,
        "RDS does not offer Aurora PostgreSQL {version} here.",
        "The template names this version, and the deploy of a new cluster fails.",
        "Deploy to another region, or wait for a release with another version: `aws rds describe-db-engine-versions"
        " --engine aurora-postgresql` lists those of the region.",
    ),
    Kind(
        "aurora_older", Level.PROBLEM,
        "The {source} has PostgreSQL {version}, and Aurora would have {aurora}.",
        "Aurora takes a snapshot of its version or an older minor one. The deploy fails while nothing can be written.",
        "Keep the instance, and wait for a release with this version of Aurora: docs/scale.md#move-to-aurora.",
    ),
    Kind(
        "aurora_other_major", Level.PROBLEM,
        "The {source} has PostgreSQL {version}, and Aurora would have {aurora}, another major version.",
        "Aurora takes a snapshot of its own major version only. The deploy fails while nothing can be written.",
        "Upgrade the instance to Aurora's major version first, and take a new snapshot: docs/scale.md#move-to-aurora.",
    ),
    Kind(
        "snapshot_missing", Level.PROBLEM,
        "RDS has no snapshot {snapshot} in this region.",
        "Without it there is no cluster, and the deploy fails.",
        "`aws rds describe-db-snapshots` and `aws rds describe-db-cluster-snapshots` list the ARNs.",
    ),
    Kind(
        "snapshot_unfinished", Level.PROBLEM,
        "The snapshot is {status}.",
        "RDS makes a cluster only from an available snapshot.",
        "`aws rds wait db-snapshot-completed --db-snapshot-identifier …`, or `aws rds wait"
        " db-cluster-snapshot-available --db-cluster-snapshot-identifier …`.",
    ),
)  # fmt: skip
