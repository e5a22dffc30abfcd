"""One check: the facts that it gathers, and the findings that follow from them.

`gather` asks AWS, an issuer or DNS, and judges nothing. `judge` and `ok` only compute, so that tests give them facts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cli.doctor.findings import Finding, Group
from cli.doctor.plan import Plan
from cli.doctor.sources import Sources


def _always(_: Plan) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Check[Facts]:
    """One check.

    - `gather` returns the facts. It raises `NotChecked` if it cannot, and the check then counts as not checked.
    - `judge` yields the findings; none means that all is well, and then `ok` says in one sentence what holds.
    - `applies` is False for a plan that does not use what is checked.
    - `actions` are the IAM actions that `gather` needs.
    - `seconds` bounds the time; a check that takes longer counts as not checked.
    """

    name: str
    group: Group
    gather: Callable[[Sources, Plan], Facts]
    judge: Callable[[Facts, Plan], Iterable[Finding]]
    ok: Callable[[Facts, Plan], str]
    applies: Callable[[Plan], bool] = _always
    actions: tuple[str, ...] = ()
    seconds: float = 20


type AnyCheck = Check[Any]
