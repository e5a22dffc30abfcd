"""The texts of all findings, by their codes. docs/doctor.md is made from them by bin/vocabularies."""

from cli.doctor.kinds import Kind
from cli.doctor.texts import account, database, email, general, region, running, sign_in, stack

TOPICS: dict[str, tuple[Kind, ...]] = {
    "account": account.KINDS,
    "region": region.KINDS,
    "database": database.KINDS,
    "sign-in": sign_in.KINDS,
    "email": email.KINDS,
    "stack": stack.KINDS,
    "running": running.KINDS,
    "general": general.KINDS,
}
KINDS: dict[str, Kind] = {kind.code: kind for kinds in TOPICS.values() for kind in kinds}
