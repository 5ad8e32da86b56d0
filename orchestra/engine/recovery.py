"""Decides at start what to do about what an earlier server left: nothing stays RUNNING that nobody runs."""

from enum import Enum, auto

from orchestra.domain.executions import Execution


class Course(Enum):
    ADOPT = auto()  # a worker was started: follow it, or find out how it ended
    RESTART = auto()  # it was claimed, but no worker had begun: run it now
    END = auto()  # no worker had begun, and somebody does not want it any more


def course_for(execution: Execution) -> Course:
    """What to do about an execution that an earlier server had claimed."""
    if execution.process is not None:
        return Course.ADOPT
    return Course.RESTART if execution.cancel_requested_at is None else Course.END
