"""What a failure was: a table of what is known, and what is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.executions import ExecutionStatus, FailureClass, Outcome
from orchestra.domain.refusals import ModelRefusal, failure_of
from orchestra.engine.failures import Evidence, explained

F = FailureClass
KILLED = Outcome(ExecutionStatus.FAILED, "The worker was killed by signal 9 (SIGKILL).", failure=F.WORKER_KILLED)
BROKEN = Outcome(ExecutionStatus.FAILED, "RuntimeError: it gives up", failure=F.FRAMEWORK)


def failed(reason: str) -> Outcome:
    return Outcome(ExecutionStatus.FAILED, reason, failure=F.FRAMEWORK)


@pytest.mark.parametrize(
    ("outcome", "evidence", "failure", "words"),
    [
        (KILLED, Evidence(-9), F.WORKER_KILLED, "killed by signal 9"),
        (KILLED, Evidence(-9, oom_killed=True), F.WORKER_KILLED, "because memory ran out"),
        (KILLED, Evidence(137, oom_killed=True), F.WORKER_KILLED, "because memory ran out"),
        (KILLED, Evidence(-11, oom_killed=True), F.WORKER_KILLED, "killed by signal 9"),
        (KILLED, Evidence(-9, last_lines=["one", "two"]), F.WORKER_KILLED, "Its last lines:\none\ntwo"),
        (BROKEN, Evidence(0), F.FRAMEWORK, "it gives up"),
        (BROKEN, Evidence(0, refusal=ModelRefusal(503, "Away.")), F.MODEL_UNREACHABLE, "was 503: Away."),
        (BROKEN, Evidence(0, refusal=ModelRefusal(403, "No.")), F.MODEL_REFUSED, "was 403: No."),
        (failed("OSError: [Errno 28] No space left on device"), Evidence(0), F.ENVIRONMENT, "disk is full"),
        (failed("MemoryError: cannot allocate"), Evidence(0), F.WORKER_KILLED, "ran out of memory"),
        (failed("numpy.core._exceptions._ArrayMemoryError: no"), Evidence(0), F.FRAMEWORK, "no"),
        (failed("APIConnectionError: Connection error."), Evidence(0), F.MODEL_UNREACHABLE, "Connection error."),
        (failed("openai.APITimeoutError: Timed out."), Evidence(0), F.MODEL_UNREACHABLE, "Timed out."),
        (failed("It said APIConnectionError: somewhere"), Evidence(0), F.FRAMEWORK, "somewhere"),
    ],
)
def test_a_failure_gets_its_true_class(outcome: Outcome, evidence: Evidence, failure: FailureClass, words: str) -> None:
    truer = explained(outcome, evidence)
    assert (truer.status, truer.failure) == (ExecutionStatus.FAILED, failure)
    assert words in truer.reason


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (402, "budget_exceeded", F.BUDGET),
        (402, None, F.MODEL_REFUSED),
        (403, None, F.MODEL_REFUSED),
        (404, "model_not_found", F.MODEL_REFUSED),
        (429, None, F.MODEL_UNREACHABLE),
        (429, "insufficient_quota", F.MODEL_REFUSED),
        (408, None, F.MODEL_UNREACHABLE),
        (500, None, F.MODEL_UNREACHABLE),
        (503, "overloaded", F.MODEL_UNREACHABLE),
    ],
)
def test_a_refusal_that_may_pass_is_told_from_one_that_stays(
    status: int, code: str | None, failure: FailureClass
) -> None:
    assert failure_of(ModelRefusal(status, "", code)) is failure


OUTCOMES = st.builds(
    Outcome,
    st.sampled_from([s for s in ExecutionStatus if s.is_final]),
    st.text(),
    st.none(),
    st.none() | st.sampled_from(F),
)
EVIDENCE = st.builds(
    Evidence,
    st.none() | st.integers(-64, 255),
    st.booleans(),
    st.lists(st.text(), max_size=3),
    st.none() | st.builds(ModelRefusal, st.integers(100, 999), st.text(), st.none() | st.text()),
)


@given(OUTCOMES, EVIDENCE)
def test_no_evidence_changes_how_it_ended_or_what_a_worker_named(outcome: Outcome, evidence: Evidence) -> None:
    truer = explained(outcome, evidence)
    assert (truer.status, truer.output) == (outcome.status, outcome.output)
    if outcome.status is not ExecutionStatus.FAILED or outcome.failure not in {F.FRAMEWORK, F.WORKER_KILLED, F.LOST}:
        assert truer == outcome
