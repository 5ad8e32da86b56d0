"""How an execution's end is decided: a table of what happened, and what is said of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.executions import ExecutionStatus, FailureClass, Outcome, Verdict
from orchestra.domain.limits import Limits
from orchestra.engine.lifecycle import Ending, StopCause, ending_of, outcome_of, spoken

S = ExecutionStatus
DONE = Ending(S.COMPLETED, output={"answer": 42})
FAILED = Ending(S.FAILED, "It broke.", failure=FailureClass.CONFIGURATION)
LIMITS = Limits(
    timeout_seconds=60,
    idle_timeout_seconds=7,
    memory_megabytes=1500,
)
STOPPED = Ending(S.CANCELLED)


@pytest.mark.parametrize(
    ("ending", "exit_code", "stopped", "status", "failure", "words"),
    [
        (DONE, 0, None, S.COMPLETED, None, "Completed in 2.0 s."),
        (DONE, None, None, S.COMPLETED, None, "Completed in 2.0 s."),
        (FAILED, 0, None, S.FAILED, FailureClass.CONFIGURATION, "It broke."),
        (Ending(S.FAILED), 0, None, S.FAILED, FailureClass.FRAMEWORK, "without giving a reason"),
        (STOPPED, 3, StopCause.CANCEL, S.CANCELLED, FailureClass.CANCELLED, "Cancelled after 2.0 s."),
        (None, -9, StopCause.CANCEL, S.CANCELLED, FailureClass.CANCELLED, "Cancelled after 2.0 s."),
        (None, -9, StopCause.TIMEOUT, S.TIMEOUT, FailureClass.TIMEOUT, "its timeout of 60 s"),
        (None, -9, StopCause.IDLE, S.TIMEOUT, FailureClass.TIMEOUT, "nothing was heard of it for 7.0 s"),
        (None, -9, StopCause.MEMORY, S.FAILED, FailureClass.BUDGET, "more than 1,500 MB of memory"),
        (STOPPED, 3, StopCause.MODELS, S.FAILED, FailureClass.BUDGET, "may call no models any more"),
        (STOPPED, 3, None, S.FAILED, FailureClass.WORKER_KILLED, "from outside AgentOrchestra"),
        (None, -11, None, S.FAILED, FailureClass.WORKER_KILLED, "signal 11 (SIGSEGV)"),
        (None, -99, None, S.FAILED, FailureClass.WORKER_KILLED, "signal 99"),
        (None, 0, None, S.FAILED, FailureClass.WORKER_KILLED, "exit code 0 and left no result"),
        (None, 73, None, S.FAILED, FailureClass.ENVIRONMENT, "The disk is full"),
        (None, None, None, S.FAILED, FailureClass.LOST, "no server watched it"),
    ],
)
def test_every_course_has_one_end_with_a_reason(
    ending: Ending | None,
    exit_code: int | None,
    stopped: StopCause | None,
    status: ExecutionStatus,
    failure: FailureClass | None,
    words: str,
) -> None:
    outcome = outcome_of(ending, exit_code, stopped, 2.0, LIMITS)
    assert (outcome.status, outcome.failure) == (status, failure)
    assert words in outcome.reason


def test_what_others_say_of_a_run_that_they_stopped_is_its_reason() -> None:
    verdict = Verdict("Nobody answered.", FailureClass.UNANSWERED)
    outcome = outcome_of(STOPPED, 3, StopCause.MODELS, 2.0, LIMITS, verdict)
    assert outcome == Outcome(S.FAILED, "Stopped. Nobody answered.", failure=FailureClass.UNANSWERED)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(st.dictionaries(st.sampled_from(["status", "output", "failure", "other"]), JSON), st.none() | st.text())
def test_whatever_a_worker_says_last_gives_a_final_state(data: dict[str, object], reason: str | None) -> None:
    outcome = outcome_of(ending_of(data, reason), 0, None, 1.0, LIMITS)
    assert outcome.status.is_final
    assert outcome.reason


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (58.4, "58 s"),
        (119, "119 s"),
        (200, "3 min 20 s"),
        (180, "3 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_spoken(seconds: float, said: str) -> None:
    assert spoken(seconds) == said
