"""The models of the operator function's answers, for `answers.StatsAnswer` and so on.

They are imported when a command first uses one. `carillon --help` uses none, and would take longer with them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carillon.operations.answers import *  # noqa: F403
    from carillon.operations.diagnosis_answers import *  # noqa: F403
    from carillon.operations.people_answers import *  # noqa: F403
else:

    def __getattr__(name: str) -> Any:
        from carillon.operations import answers

        if not hasattr(answers, name):
            from carillon.operations import people_answers as answers
        if not hasattr(answers, name):
            from carillon.operations import diagnosis_answers as answers
        return getattr(answers, name)
