"""The attempts of an execution that was tried again: each with its reason, and when the next one begins."""

from collections.abc import Sequence

from orchestra.domain.executions import Execution, PastAttempt
from orchestra.domain.retry_policy import retry_policy_of
from orchestra_ui.parts.elements import Text, box
from orchestra_ui.parts.moment import Moment


class Attempts:
    """Nothing, as long as it is the first attempt."""

    def __init__(self) -> None:
        self._root = box()

    def show(self, execution: Execution, past: Sequence[PastAttempt]) -> None:
        self._root.clear()
        if not past:
            return
        allowed = retry_policy_of(execution.configuration).attempts
        with self._root, box("card"):
            with box("card-head"):
                Text(f"Attempt {execution.attempt} of {allowed}", "h2")
                if execution.next_attempt_at is not None:
                    with box("soft", tag="span"):
                        Text("begins at ")
                        Moment(execution.next_attempt_at, "clock")
            with box("card-body stack", tag="ol"):
                for one in past:
                    with box(tag="li"):
                        Text(f"Attempt {one.number} ended ", classes="soft")
                        Moment(one.ended_at)
                        Text(one.reason, "div", "foreign")
