"""Whether another attempt follows: a table, and what holds for every policy."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.events import Event, EventKind
from orchestra.domain.executions import ExecutionStatus, FailureClass, Outcome
from orchestra.domain.retry_policy import RETRYABLE, RetryPolicy, retry_policy_of
from orchestra.engine.retry import RetryDecision, announced_by, announcement, decide_retry, pause_seconds

S, F = ExecutionStatus, FailureClass
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
THREE = RetryPolicy(attempts=3, jitter=0)


def outcome(failure: FailureClass | None, status: ExecutionStatus = S.FAILED) -> Outcome:
    return Outcome(status, "It went wrong.", failure=failure)


@pytest.mark.parametrize(
    ("ended", "attempt", "policy", "pause"),
    [
        (outcome(F.MODEL_UNREACHABLE), 1, THREE, 5),
        (outcome(F.MODEL_UNREACHABLE), 2, THREE, 10),
        (outcome(F.MODEL_UNREACHABLE), 3, THREE, None),
        (outcome(F.WORKER_KILLED), 1, THREE, 5),
        (outcome(F.LOST), 1, THREE, 5),
        (outcome(F.LOST), 1, RetryPolicy(), None),
        (outcome(F.FRAMEWORK), 1, THREE, None),
        (outcome(F.FRAMEWORK), 1, RetryPolicy(2, jitter=0, failures=frozenset({F.FRAMEWORK})), 5),
        (outcome(F.TIMEOUT, S.TIMEOUT), 1, THREE, None),
        (outcome(F.TIMEOUT, S.TIMEOUT), 1, RetryPolicy(2, 0, failures=frozenset({F.TIMEOUT})), 0),
        (outcome(F.CONFIGURATION), 1, RetryPolicy(9, failures=frozenset(F)), None),
        (outcome(F.BUDGET), 1, RetryPolicy(9, failures=frozenset(F)), None),
        (outcome(F.CANCELLED, S.CANCELLED), 1, RetryPolicy(9, failures=frozenset(F)), None),
        (outcome(None, S.COMPLETED), 1, THREE, None),
        (outcome(None), 1, THREE, None),
    ],
)
def test_another_attempt_follows_if_the_policy_says_so(
    ended: Outcome, attempt: int, policy: RetryPolicy, pause: float | None
) -> None:
    decided = decide_retry(ended, attempt, policy, NOW, 0.5)
    assert decided == (None if pause is None else RetryDecision(attempt + 1, NOW + timedelta(seconds=pause)))


POLICIES = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 100),
    backoff_seconds=st.floats(0, 86400),
    factor=st.floats(1, 10),
    maximum_seconds=st.floats(0, 86400),
    jitter=st.floats(0, 1),
    failures=st.frozensets(st.sampled_from(FailureClass)),
)
OUTCOMES = st.builds(
    Outcome, st.sampled_from([s for s in S if s.is_final]), st.text(), failure=st.none() | st.sampled_from(F)
)


@given(POLICIES, st.integers(1, 100), st.floats(0, 1))
def test_a_pause_is_never_negative_nor_longer_than_the_longest(p: RetryPolicy, attempt: int, chance: float) -> None:
    assert 0 <= pause_seconds(attempt, p, chance) <= p.maximum_seconds
    assert pause_seconds(attempt, p, 0) <= pause_seconds(attempt + 1, p, 0)
    assert pause_seconds(attempt, p, chance) <= pause_seconds(attempt, p, 0)


@given(OUTCOMES, POLICIES, st.integers(1, 100), st.floats(0, 1))
def test_never_more_attempts_than_the_policy_has_nor_after_what_nobody_mends(
    ended: Outcome, policy: RetryPolicy, attempt: int, chance: float
) -> None:
    decided = decide_retry(ended, attempt, policy, NOW, chance)
    if decided is not None:
        assert decided.attempt == attempt + 1 <= policy.attempts
        assert decided.at >= NOW
        assert ended.failure in RETRYABLE
        assert ended.status in {S.FAILED, S.TIMEOUT}


@given(OUTCOMES, POLICIES, st.integers(1, 100), st.floats(0, 1))
def test_what_was_announced_is_read_back_from_the_journal(
    ended: Outcome, policy: RetryPolicy, attempt: int, chance: float
) -> None:
    decided = decide_retry(ended, attempt, policy, NOW, chance)
    if decided is None:
        return
    message, data = announcement(ended, attempt, policy, decided, NOW)
    event = Event(1, attempt, 9, 0.0, EventKind.STATUS, message=message, data=data)
    assert announced_by(event, attempt, policy) == (ended, decided)
    assert data["status"] == "PENDING"
    assert ended.reason in message


@pytest.mark.parametrize(
    "data",
    [
        {"status": "RUNNING"},
        {"status": "PENDING"},
        {"status": "PENDING", "attemptStatus": "FAILED", "failure": "lost", "nextAttemptAt": "soon"},
        {"status": "PENDING", "attemptStatus": "FAILED", "failure": "lost", "nextAttemptAt": "2026-11-24T12:00:00"},
        {"status": "PENDING", "attemptStatus": "COMPLETED", "failure": "lost", "nextAttemptAt": NOW.isoformat()},
        {"status": "PENDING", "attemptStatus": "FAILED", "failure": "budget", "nextAttemptAt": NOW.isoformat()},
    ],
)
def test_a_forged_announcement_is_not_believed(data: dict[str, object]) -> None:
    assert announced_by(Event(1, 1, 3, 0.0, EventKind.STATUS, data=data), 1, THREE) is None
    genuine = announcement(outcome(F.LOST), 3, THREE, RetryDecision(4, NOW), NOW)[1]
    assert announced_by(Event(1, 3, 3, 0.0, EventKind.STATUS, data=genuine), 3, THREE) is None


def test_a_policy_is_read_from_the_configuration() -> None:
    assert retry_policy_of({}) == RetryPolicy()
    pauses = {"backoffSeconds": 1, "factor": 3, "maximumSeconds": 9, "jitter": 0}
    read = retry_policy_of({"retries": {"attempts": 4, **pauses, "failures": ["lost"]}})
    assert read == RetryPolicy(4, 1, 3, 9, 0, frozenset({F.LOST}))
