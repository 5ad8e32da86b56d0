"""What executions may spend on models."""

import pytest

from orchestra.domain.limits import Budget, Limits, Spent
from orchestra.gateway.budgets import Budgets
from orchestra.gateway.errors import CallError


def opened(limits: Limits, spent: Spent | None = None) -> tuple[Budgets, list[Budget]]:
    budgets, used_up = Budgets(), list[Budget]()
    budgets.open(7, limits, spent or Spent(), used_up.append)
    return budgets, used_up


def test_so_many_calls_are_made_and_no_more() -> None:
    budgets, used_up = opened(Limits(max_model_calls=2))
    budgets.admit(7)
    budgets.admit(7)
    assert used_up == []
    with pytest.raises(CallError, match="budget of 2 model calls is used up") as refused:
        budgets.admit(7)
    assert (refused.value.status, refused.value.code, used_up) == (402, "budget_used_up", [Budget.CALLS])


@pytest.mark.parametrize(
    ("limits", "budget"), [(Limits(max_tokens=100), Budget.TOKENS), (Limits(max_cost=0.5), Budget.COST)]
)
def test_tokens_and_cost_add_up(limits: Limits, budget: Budget) -> None:
    budgets, used_up = opened(limits)
    for _ in range(2):
        budgets.admit(7)
        budgets.add(7, 50, 0.25)
    with pytest.raises(CallError):
        budgets.admit(7)
    assert used_up == [budget]


def test_what_was_spent_before_a_restart_counts() -> None:
    budgets, _ = opened(Limits(max_model_calls=3), Spent(calls=3))
    with pytest.raises(CallError):
        budgets.admit(7)


def test_a_cost_that_is_not_known_counts_as_nothing() -> None:
    budgets, _ = opened(Limits(max_cost=0.01))
    budgets.add(7, 1_000_000, None)
    budgets.admit(7)


def test_without_an_account_nothing_is_limited() -> None:
    budgets, _ = opened(Limits(max_model_calls=0))
    budgets.close(7)
    budgets.admit(7)
    budgets.add(7, 1, 1.0)
