"""The checks before and after a deploy, in the order of the table."""

from cli.doctor import email, sign_in, token
from cli.doctor.after import inside, running, stack
from cli.doctor.before import account, move, region
from cli.doctor.check import AnyCheck

BEFORE: tuple[AnyCheck, ...] = (
    *account.CHECKS, *region.CHECKS, *move.CHECKS, sign_in.AUDIENCE, sign_in.ISSUER, email.ACCOUNT, email.PLANNED,
    email.RECORDS,
)  # fmt: skip
AFTER: tuple[AnyCheck, ...] = (
    account.CREDENTIALS, account.CLOCK, stack.STATUS, stack.API, inside.DATABASE, inside.ENDPOINTS, sign_in.ISSUER,
    email.ACCOUNT, email.DEPLOYED, email.RECORDS, *running.CHECKS,
)  # fmt: skip
DRIFT: AnyCheck = stack.DRIFT  # only with --drift: it starts a detection at CloudFormation
TOKEN: AnyCheck = token.TOKEN  # only with --token-file
