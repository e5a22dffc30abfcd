"""The texts for checks that could not be made."""

from cli.doctor.kinds import Kind, Level

KINDS = (
    Kind(
        "no_permission", Level.NOT_CHECKED,
        "Your credentials do not allow `{action}`.",
        "Without this right the check says nothing, neither good nor bad.",
        "Attach `OperatorPolicyArn` (after a deploy), or allow `{action}` (docs/doctor.md#rights).",
    ),
    Kind(
        "no_credentials", Level.NOT_CHECKED,
        "There are no credentials of AWS.",
        "All questions to AWS need them.",
        "`aws configure sso`, or name a profile with `--profile`.",
    ),
    Kind(
        "bad_credentials", Level.NOT_CHECKED,
        "AWS does not accept the credentials: {error}.",
        "They have expired, are wrong, or the clock of this machine is wrong.",
        "`aws sts get-caller-identity` shows who you are; then sign in again.",
    ),
    Kind(
        "no_client", Level.NOT_CHECKED,
        "The command cannot ask AWS: {reason}",
        "Without a region or a profile it does not know where to ask.",
        "`export AWS_DEFAULT_REGION=eu-central-1`, or `--region` and `--profile`.",
    ),
    Kind(
        "aws_silent", Level.NOT_CHECKED,
        "AWS did not answer `{action}`: {error}.",
        "The network of this machine does not reach AWS, or the region does not have this service.",
        "Check the network, a proxy and `--region`, then run `carillon doctor` again.",
    ),
    Kind(
        "aws_refused", Level.NOT_CHECKED,
        "AWS answered `{action}` with {error}.",
        "The command does not know what this means for Carillon. An emulator may not know the request.",
        "`carillon doctor --json` shows the same; look the error up in the reference of the service.",
    ),
    Kind(
        "no_output", Level.NOT_CHECKED,
        "The stack has no output `{name}`.",
        "A stack that was never complete has no outputs; one of another release may have others.",
        "`sam deploy` until the stack is complete, then `carillon doctor` again.",
    ),
    Kind(
        "dns_silent", Level.NOT_CHECKED,
        "No name server answered for {name}: {error}.",
        "DNS of this machine does not work, so the records are unknown.",
        "`dig {name}` shows what happens; then run `carillon doctor` again.",
    ),
    Kind(
        "region_unknown", Level.NOT_CHECKED,
        "DNS of this machine knows no address of AWS in {region}.",
        "There is no such region, or DNS here does not resolve names of the internet.",
        "`dig sqs.{region}.amazonaws.com` shows what happens; check `--region`.",
    ),
    Kind(
        "too_slow", Level.NOT_CHECKED,
        "There was no answer within {seconds} s.",
        "The other checks did not wait for it.",
        "`carillon doctor` again; if it stays, check the network.",
    ),
    Kind(
        "check_failed", Level.NOT_CHECKED,
        "The check itself failed with {error}.",
        "This is a defect of the command, or an answer of a form that it does not know.",
        "`carillon doctor --json`, and report it.",
    ),
    Kind(
        "not_on_devstack", Level.NOT_CHECKED,
        "The emulator of the devstack has no {part}.",
        "Only a stack on AWS can answer.",
        "Nothing to do here. On AWS: `carillon doctor --stack-name …`.",
    ),
    Kind(
        "operator_silent", Level.NOT_CHECKED,
        "The operator function did not answer: {reason}",
        "Only it sees the database and the network as the other functions do.",
        "`carillon stats` tries it again; the log of `operator` says why it failed.",
    ),
    Kind(
        "operator_old", Level.NOT_CHECKED,
        "The operator function does not know the question: {reason}",
        "The stack runs an older release than this command.",
        "`sam deploy`, or install the command of the release that the stack runs.",
    ),
)  # fmt: skip
