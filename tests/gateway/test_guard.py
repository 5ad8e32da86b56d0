"""Which runs look as if they would not end."""

from orchestra.gateway.guard import GuardRules, RunGuard


def test_the_same_request_again_and_again_is_suspicious() -> None:
    guard = RunGuard(GuardRules(repeats=3))
    assert [guard.note(b"a") for _ in range(3)] == [None] * 3
    assert guard.note(b"b") is None
    assert guard.note(b"a") == "It has sent the same request to a model 3 times."


def test_many_calls_are_suspicious_only_without_a_step_further() -> None:
    guard = RunGuard(GuardRules(calls=2))
    assert [guard.note(b"1"), guard.note(b"2")] == [None, None]
    guard.progress()
    assert [guard.note(b"3"), guard.note(b"4")] == [None, None]
    assert guard.note(b"5") == "It has called models 2 times without a step further."


def test_a_pardon_lets_it_begin_anew() -> None:
    guard = RunGuard(GuardRules(repeats=1, calls=1))
    assert guard.note(b"a") is None
    assert guard.note(b"a") is not None
    guard.pardon()
    assert guard.note(b"a") is None


def test_it_can_be_switched_off() -> None:
    guard = RunGuard(GuardRules())
    assert all(guard.note(b"a") is None for _ in range(5000))
