"""What fits into a budget."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.budgets import (
    Ask,
    Budget,
    BudgetPeriod,
    BudgetScope,
    BudgetState,
    Caps,
    Measure,
    Payer,
    Spent,
    applies,
    lacking,
    named,
    percent_of,
    sentence_of,
    start_of,
)

NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
SPENT = st.builds(Spent, st.integers(0, 10**6).map(lambda x: x / 1000), st.integers(0, 10**6), st.integers(0, 1000))
CAPS = st.builds(
    Caps, st.none() | st.integers(0, 2000), st.none() | st.integers(0, 2 * 10**6), st.none() | st.integers(0, 2000)
)


def budget(scope: BudgetScope = BudgetScope.ALL, subject: str | None = None, **more: object) -> Budget:
    given = {"period": BudgetPeriod.DAY, "caps": Caps(cost=10), "created_at": NOW, "updated_at": NOW, **more}
    return Budget(id="b", owner_id="o", author_id="o", scope=scope, subject_id=subject, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("caps", "spent", "reserved", "ask", "lacks"),
    [
        (Caps(), Spent(9, 9, 9), Spent(), Ask(Spent(9, 9, 1)), None),
        (Caps(calls=2), Spent(calls=1), Spent(), Ask(Spent(calls=1)), None),
        (Caps(calls=2), Spent(calls=1), Spent(calls=1), Ask(Spent(calls=1)), Measure.CALLS),
        (Caps(calls=2), Spent(calls=2), Spent(), Ask(Spent(calls=1)), Measure.CALLS),
        (Caps(tokens=100), Spent(tokens=99), Spent(), Ask(Spent(tokens=50)), Measure.TOKENS),
        (Caps(tokens=100), Spent(tokens=50), Spent(), Ask(Spent(tokens=50)), None),
        (Caps(tokens=100), Spent(tokens=0), Spent(tokens=60), Ask(Spent(tokens=50)), Measure.TOKENS),
        (Caps(cost=0.3), Spent(cost=0.1), Spent(cost=0.1), Ask(Spent(cost=0.1)), None),
        (Caps(cost=0), Spent(), Spent(), Ask(Spent(calls=1)), Measure.COST),
    ],
)
def test_what_a_call_lacks(caps: Caps, spent: Spent, reserved: Spent, ask: Ask, lacks: Measure | None) -> None:
    assert lacking(caps, spent, reserved, ask) is lacks


@given(CAPS, SPENT, SPENT, SPENT)
def test_calls_never_overshoot(caps: Caps, spent: Spent, reserved: Spent, asked: Spent) -> None:
    if lacking(caps, spent, reserved, Ask(asked)) is None:
        after = spent.plus(reserved).plus(asked)
        assert all(cap is None or after.of(measure) <= cap for measure in Measure for cap in [caps.of(measure)])


def test_a_period_begins_by_utc() -> None:
    late = NOW.astimezone(timezone(timedelta(hours=2)))
    assert start_of(BudgetPeriod.DAY, late) == date(2026, 11, 24)
    assert start_of(BudgetPeriod.MONTH, late) == date(2026, 11, 1)
    assert start_of(BudgetPeriod.TOTAL, late) is None


def test_a_budget_counts_for_its_subject_alone() -> None:
    payer = Payer("o", "a", None, "k")
    assert applies(budget(), payer)
    assert applies(budget(BudgetScope.AGENT, "a"), payer)
    assert applies(budget(BudgetScope.KEY, "k"), payer)
    assert not applies(budget(BudgetScope.KEY, "a"), payer)
    assert not applies(budget(BudgetScope.SCHEDULE, None), payer)


def test_how_much_is_used_is_said_by_what_is_scarcest() -> None:
    assert percent_of(Caps(cost=10, tokens=100), Spent(cost=1, tokens=90)) == 90
    assert percent_of(Caps(calls=0), Spent()) == 100
    state = BudgetState(budget(caps=Caps(cost=10), warn_percent=50), Spent(cost=5), None)
    assert (state.is_warned, state.is_used_up) == (True, False)


def test_a_refusal_says_what_is_left_and_what_to_do() -> None:
    ask = Ask(Spent(0.5, 100, 1))
    said = sentence_of(Caps(cost=1), Spent(cost=0.75), ask, Measure.COST, " of an agent", "Raise it.")
    assert said == (
        "The budget of 1 for models of an agent does not allow for this call: it may use $0.5, and $0.25 are left, "
        "less what other calls may use that are under way. Ask for fewer tokens in the call, or: Raise it."
    )
    used_up = sentence_of(Caps(calls=3), Spent(calls=3), ask, Measure.CALLS, "", "Raise it.")
    assert used_up == "The budget of 3 model calls is used up. Raise it."


def test_a_budget_is_named_by_whose_it_is_and_for_how_long() -> None:
    assert named(budget()) == " for a day"
    assert named(budget(BudgetScope.AGENT, "a", name="Mine"), "Writer") == " 'Mine' of the agent 'Writer' for a day"
