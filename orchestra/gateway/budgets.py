"""The budgets that people have made, each as a purse; filled anew when its period begins or it is changed."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from orchestra.domain.announcements import facts_of_budget
from orchestra.domain.budgets import Budget, BudgetPeriod, BudgetScope, BudgetState, Payer, applies, named, start_of
from orchestra.domain.webhooks import Announcement
from orchestra.gateway.purses import Purse, refill
from orchestra_storage.haste import is_hasty, refuse_haste
from orchestra_storage.unit import Storage, Unit

WARNING, USED_UP = "budget.warning", "budget.used_up"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Held:
    """A budget and its purse, filled for the period that began at `since`."""

    budget: Budget
    purse: Purse
    since: date | None

    @property
    def state(self) -> BudgetState:
        return BudgetState(self.budget, self.purse.spent, self.since)


class Budgets:
    """Over the database, where what was spent is added up; from any thread."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.lock = threading.RLock()
        """Held while what was spent is written down and put into purses, so that nothing counts twice or not at all."""
        self._held: dict[str, Held] = {}
        self._day: date | None = None
        self._told: set[tuple[str, str, date | None]] = set()
        self.reload()

    def reload(self) -> None:
        """Budgets were made, changed or deleted, or a day has begun."""
        refuse_haste()
        now = datetime.now(UTC)
        with self.lock, self._storage.read() as unit:
            held: dict[str, Held] = {}
            for budget in unit.budgets.all():
                since = start_of(budget.period, now)
                before = self._held.get(budget.id)
                purse = before.purse if before else Purse(budget.caps, "", "")
                refill(purse, budget.caps, unit.spending.of(budget, since))
                purse.whose, purse.remedy = named(budget, subject_name(unit, budget)), _remedy(budget)
                held[budget.id] = Held(budget, purse, since)
            self._held, self._day = held, now.date()
            self._told.clear()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The lock, held; WouldWait in haste, if somebody else has it."""
        if not self.lock.acquire(blocking=not is_hasty()):
            refuse_haste()
        try:
            yield
        finally:
            self.lock.release()

    def states(self) -> Sequence[BudgetState]:
        """All budgets as they stand, in the order in which they were made."""
        return [held.state for held in self._current()]

    def of(self, payer: Payer) -> list[Held]:
        """Those for which this payer's calls count."""
        return [held for held in self._current() if applies(held.budget, payer)]

    def tell(self, held: Held, event: str) -> bool:
        """Have webhooks told that a budget comes to its end, or is there; False if they were in this period."""
        key = (held.budget.id, event, held.since)
        if key in self._told:
            return False
        now = datetime.now(UTC)
        since = datetime.combine(held.since, time(), UTC) if held.since else _BEGINNING
        with self._storage.write() as unit:
            note = unit.budgets.note_warned if event == WARNING else unit.budgets.note_used_up
            is_first = note(held.budget.id, now, since)
            if is_first:
                facts = facts_of_budget(held.state)
                unit.outbox.announce(Announcement(event, held.budget.owner_id, facts, now))
        self._told.add(key)
        return is_first

    def _current(self) -> Sequence[Held]:
        if self._day != datetime.now(UTC).date():
            self.reload()
        return list(self._held.values())


def subject_name(unit: Unit, budget: Budget) -> str | None:
    """What people call the agent, schedule or key that it is for, if there still is one."""
    finders = {
        BudgetScope.AGENT: unit.agents.get,
        BudgetScope.SCHEDULE: unit.schedules.get,
        BudgetScope.KEY: unit.keys.get,
    }
    find = finders.get(budget.scope)
    found = find(budget.subject_id) if find and budget.subject_id else None
    return found.name if found else None


def _remedy(budget: Budget) -> str:
    if budget.period is BudgetPeriod.TOTAL:
        return "Raise it under Budgets."
    return f"Raise it under Budgets, or wait for the next {budget.period.value} (by UTC)."
