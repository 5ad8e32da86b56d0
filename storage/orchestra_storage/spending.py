"""Stores what was spent on models, by day and by whom it counts for."""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from orchestra.domain.budgets import Budget, BudgetScope, Payer, Spent
from orchestra.domain.prices import total
from orchestra_storage.schema import spending

_COLUMNS = {
    BudgetScope.AGENT: spending.c.agent_id,
    BudgetScope.SCHEDULE: spending.c.schedule_id,
    BudgetScope.KEY: spending.c.key_id,
}

_COST = (
    select(spending.c.cost)
    .where(*(column == bindparam(f"b_{column.name}") for column in spending.primary_key))
    .with_for_update()
)


@cache
def _put_into(dialect: str) -> Any:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(spending)
    c, new = spending.c, insert.excluded
    return insert.on_conflict_do_update(
        index_elements=list(spending.primary_key),
        set_={
            "cost": new.cost,
            "tokens": c.tokens + new.tokens,
            "calls": c.calls + new.calls,
        },
    )


class Spending:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, day: date, payer: Payer, spent: Spent) -> None:
        whose = {
            "day": day,
            "owner_id": payer.owner_id,
            "agent_id": payer.agent_id,
            "schedule_id": payer.schedule_id or "",
            "key_id": payer.key_id or "",
        }
        before = self._connection.execute(
            _COST, {f"b_{name}": value for name, value in whose.items()}
        ).scalar_one_or_none()
        # Added up here: databases round money in ways of their own.
        values = {**whose, "cost": total([before or 0.0, spent.cost]), "tokens": spent.tokens, "calls": spent.calls}
        self._connection.execute(_put_into(self._connection.dialect.name), values)

    def of(self, budget: Budget, since: date | None) -> Spent:
        """What counts for the budget, from that day on, or ever."""
        query = select(spending.c.cost, spending.c.tokens, spending.c.calls)
        if budget.scope is not BudgetScope.ALL:
            query = query.where(_COLUMNS[budget.scope] == budget.subject_id)
        if since is not None:
            query = query.where(spending.c.day >= since)
        rows = self._connection.execute(query).all()
        return Spent(total(row.cost for row in rows), sum(row.tokens for row in rows), sum(row.calls for row in rows))
