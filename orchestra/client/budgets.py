"""Budgets, and what was spent of them."""

from typing import Literal, NotRequired, TypedDict

from orchestra.client.calls import Listing, Request
from orchestra.client.executions import Confirmation
from orchestra.client.fields import ABSENT, Absent, body_of, clearable, path_of
from orchestra.client.groups import D, Group, operation, series

BudgetScope = Literal["all", "agent", "schedule", "key"]
BudgetPeriod = Literal["day", "month", "total"]


class Spent(TypedDict):
    """`cost` is in US dollars, of the calls whose price is known."""

    cost: float
    tokens: int
    calls: int


class Budget(TypedDict):
    """`percent` is how much is used, of what is scarcest; `since` the first day of its period, by UTC."""

    id: str
    name: NotRequired[str]
    scope: BudgetScope
    subjectId: NotRequired[str]
    period: BudgetPeriod
    maxCost: NotRequired[float]
    maxTokens: NotRequired[int]
    maxCalls: NotRequired[int]
    warnPercent: float
    spent: Spent
    percent: float
    since: NotRequired[str]
    isWarned: bool
    isUsedUp: bool
    createdAt: str
    updatedAt: str


class Budgets(Group[D]):
    @series
    def list(self, *, subject_id: str | None = None) -> Listing[Budget]:
        """All budgets, or those of one agent, schedule or key."""
        return Listing(Request("GET", path_of("budgets"), {"subjectId": subject_id}), "budgets")

    @operation
    def create(
        self,
        period: BudgetPeriod,
        *,
        scope: BudgetScope | None = None,
        subject_id: str | None = None,
        name: str | None = None,
        max_cost: float | None = None,
        max_tokens: int | None = None,
        max_calls: int | None = None,
        warn_percent: float | None = None,
    ) -> Request[Budget]:
        """Set a budget: for everybody, or for the agent, schedule or key `subject_id`."""
        body = body_of(
            period=period,
            scope=scope,
            subject_id=subject_id,
            name=name,
            max_cost=max_cost,
            max_tokens=max_tokens,
            max_calls=max_calls,
            warn_percent=warn_percent,
        )
        return Request("POST", path_of("budgets"), body=body)

    @operation
    def get(self, budget_id: str) -> Request[Budget]:
        """A budget as it stands."""
        return Request("GET", path_of("budgets", budget_id))

    @operation
    def update(
        self,
        budget_id: str,
        *,
        name: str | None = None,
        max_cost: float | Absent | None = ABSENT,
        max_tokens: int | Absent | None = ABSENT,
        max_calls: int | Absent | None = ABSENT,
        warn_percent: float | None = None,
    ) -> Request[Budget]:
        """Change what is given; None takes a maximum away."""
        maxima = clearable(max_cost=max_cost, max_tokens=max_tokens, max_calls=max_calls)
        return Request(
            "PUT", path_of("budgets", budget_id), body=body_of(name=name, warn_percent=warn_percent) | maxima
        )

    @operation
    def delete(self, budget_id: str) -> Request[Confirmation]:
        """Delete it; what was spent stays known."""
        return Request("DELETE", path_of("budgets", budget_id))
