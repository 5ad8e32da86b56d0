"""Decides at start what to do about what an earlier server left: nothing stays RUNNING that nobody runs."""

from enum import Enum, auto

from orchestra.domain.executions import Execution, ProcessIdentity


class Course(Enum):
    ADOPT = auto()  # a worker was started: follow it, or find out how it ended
    RESTART = auto()  # it was claimed, but no worker had begun: run it now
    END = auto()  # no worker had begun, and somebody does not want it any more


def course_for(execution: Execution, was_untouched: bool, holder: ProcessIdentity | None) -> Course:
    """What to do about an execution that an earlier server had claimed.

    `was_untouched` says that its ticket still lay there, so that no worker has begun nor ever will; `holder` is the
    worker that is known of.
    """
    if holder is not None and not was_untouched:
        return Course.ADOPT
    return Course.RESTART if execution.cancel_requested_at is None else Course.END
