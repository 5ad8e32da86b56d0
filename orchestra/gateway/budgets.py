"""Keeps count of what each running execution has spent on models, and refuses calls once that is enough."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from orchestra.domain.limits import Budget, Limits, Spent, budget_sentence, used_up
from orchestra.gateway.errors import CallError


@dataclass(slots=True)
class _Account:
    limits: Limits
    spent: Spent
    on_used_up: Callable[[Budget], None]


class Budgets:
    """In memory; what was spent before a restart is told anew. May be used from any thread.

    Calls that are under way are not cut off: several at once may together spend more than what was left.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[int, _Account] = {}

    def open(self, number: int, limits: Limits, spent: Spent, on_used_up: Callable[[Budget], None]) -> None:
        """Keep to these limits from now on; `on_used_up` is called when a call is refused, by whichever thread asks."""
        with self._lock:
            self._accounts[number] = _Account(limits, spent, on_used_up)

    def close(self, number: int) -> None:
        with self._lock:
            self._accounts.pop(number, None)

    def admit(self, number: int) -> None:
        """Count a call that is about to be made; CallError (402) if the execution may make none any more."""
        with self._lock:
            account = self._accounts.get(number)
            if account is None:
                return
            budget = used_up(account.limits, account.spent)
            if budget is None:
                account.spent = replace(account.spent, calls=account.spent.calls + 1)
                return
        account.on_used_up(budget)
        raise CallError(402, budget_sentence(account.limits, budget), "budget_used_up")

    def add(self, number: int, tokens: int, cost: float | None) -> None:
        """Put on the account what a call has used."""
        with self._lock:
            if account := self._accounts.get(number):
                spent = account.spent
                account.spent = replace(spent, tokens=spent.tokens + tokens, cost=spent.cost + (cost or 0.0))
