"""Stores budgets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from orchestra.domain.budgets import Budget, BudgetPeriod, BudgetScope, Caps
from orchestra_storage.schema import budgets


class Budgets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[Budget]:
        """In the order in which they were made."""
        query = select(budgets).order_by(budgets.c.created_at, budgets.c.id)
        return [_budget_of(row) for row in self._connection.execute(query)]

    def get(self, id: str) -> Budget | None:
        row = self._connection.execute(select(budgets).where(budgets.c.id == id)).one_or_none()
        return _budget_of(row) if row else None

    def put(self, budget: Budget) -> None:
        """Keeps it as it is now."""
        self._connection.execute(budgets.delete().where(budgets.c.id == budget.id))
        self._connection.execute(budgets.insert(), _values_of(budget))

    def remove(self, id: str) -> bool:
        """False if there is no such budget."""
        return self._connection.execute(budgets.delete().where(budgets.c.id == id)).rowcount == 1

    def note_warned(self, id: str, at: datetime, since: datetime) -> bool:
        """Note that a warning was told; False if that was done since then."""
        return self._note(budgets.c.warned_at, id, at, since)

    def note_used_up(self, id: str, at: datetime, since: datetime) -> bool:
        """Note that it was told that nothing is left; False if that was done since then."""
        return self._note(budgets.c.used_up_at, id, at, since)

    def _note(self, column: Any, id: str, at: datetime, since: datetime) -> bool:
        is_due = or_(column.is_(None), column < since)
        update = budgets.update().where(budgets.c.id == id, is_due).values({column: at})
        return self._connection.execute(update).rowcount == 1


def _values_of(budget: Budget) -> dict[str, Any]:
    return {
        "id": budget.id,
        "owner_id": budget.owner_id,
        "author_id": budget.author_id,
        "name": budget.name,
        "scope": budget.scope,
        "subject_id": budget.subject_id,
        "period": budget.period,
        "max_cost": budget.caps.cost,
        "max_tokens": budget.caps.tokens,
        "max_calls": budget.caps.calls,
        "warn_percent": budget.warn_percent,
        "warned_at": budget.warned_at,
        "used_up_at": budget.used_up_at,
        "created_at": budget.created_at,
        "updated_at": budget.updated_at,
    }


def _budget_of(row: Row[Any]) -> Budget:
    return Budget(
        id=row.id,
        owner_id=row.owner_id,
        author_id=row.author_id,
        scope=BudgetScope(row.scope),
        subject_id=row.subject_id,
        period=BudgetPeriod(row.period),
        caps=Caps(row.max_cost, row.max_tokens, row.max_calls),
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.name,
        warn_percent=row.warn_percent,
        warned_at=row.warned_at,
        used_up_at=row.used_up_at,
    )
