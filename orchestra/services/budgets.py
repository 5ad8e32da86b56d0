"""What a person can do with budgets."""

import dataclasses
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from orchestra.domain.budgets import Budget, BudgetPeriod, BudgetScope, BudgetState, Caps, Measure
from orchestra.domain.identity import Permission, Principal, Role
from orchestra.errors import Fault, Forbidden, Invalid, NotFound
from orchestra.gateway.budgets import Budgets, subject_name
from orchestra.services.agent_fields import faults_of_fields
from orchestra_storage.unit import Storage, Unit

_MOST = 1e12


@dataclass(frozen=True, slots=True)
class BudgetDraft:
    """A budget as somebody wants it; without a subject it counts for everybody's calls."""

    period: BudgetPeriod
    caps: Caps
    scope: BudgetScope = BudgetScope.ALL
    subject_id: str | None = None
    name: str = ""
    warn_percent: float = 80.0


class BudgetChanges(TypedDict, total=False):
    """The fields of a budget to be changed; None takes a maximum away."""

    name: str
    max_cost: float | None
    max_tokens: int | None
    max_calls: int | None
    warn_percent: float


class BudgetService:
    def __init__(self, storage: Storage, budgets: Budgets) -> None:
        self._storage = storage
        self._budgets = budgets

    def list(self, principal: Principal, *, subject_id: str | None = None) -> Sequence[BudgetState]:
        """The budgets that concern what the person sees, as they stand, the oldest first."""
        principal.require(Permission.READ)
        wanted = principal.visible_owner
        return [
            state
            for state in self._budgets.states()
            if wanted in {None, state.budget.owner_id} and subject_id in {None, state.budget.subject_id}
        ]

    def names(self, principal: Principal) -> Mapping[str, str]:
        """What people call the agents, schedules and keys that those budgets are for, by id, where they still exist."""
        budgets = [state.budget for state in self.list(principal)]
        with self._storage.read() as unit:
            named = {budget.subject_id: subject_name(unit, budget) for budget in budgets if budget.subject_id}
        return {id: name for id, name in named.items() if name is not None}

    def get(self, principal: Principal, budget_id: str) -> BudgetState:
        for state in self.list(principal):
            if state.budget.id == budget_id:
                return state
        raise NotFound("budget", budget_id)

    def create(self, principal: Principal, draft: BudgetDraft) -> BudgetState:
        """Keep calls to a budget from now on; what was spent in its period before counts, too."""
        principal.require(Permission.WRITE)
        _check(draft.name, draft.caps, draft.warn_percent)
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            budget = Budget(
                id=uuid.uuid4().hex,
                owner_id=_owner_of(unit, principal, draft),
                author_id=principal.user_id,
                scope=draft.scope,
                subject_id=draft.subject_id,
                period=draft.period,
                caps=draft.caps,
                created_at=now,
                updated_at=now,
                name=draft.name,
                warn_percent=draft.warn_percent,
            )
            unit.budgets.put(budget)
        self._budgets.reload()
        return self.get(principal, budget.id)

    def update(self, principal: Principal, budget_id: str, changes: BudgetChanges) -> BudgetState:
        """Change the fields that are named; a budget that was raised warns anew."""
        budget = self._changeable(principal, budget_id)
        caps = Caps(
            cost=changes.get("max_cost", budget.caps.cost),
            tokens=changes.get("max_tokens", budget.caps.tokens),
            calls=changes.get("max_calls", budget.caps.calls),
        )
        changed = dataclasses.replace(
            budget,
            name=changes.get("name", budget.name),
            caps=caps,
            warn_percent=changes.get("warn_percent", budget.warn_percent),
            updated_at=datetime.now(UTC),
            warned_at=None,
            used_up_at=None,
        )
        _check(changed.name, caps, changed.warn_percent)
        with self._storage.write() as unit:
            unit.budgets.put(changed)
        self._budgets.reload()
        return self.get(principal, budget_id)

    def delete(self, principal: Principal, budget_id: str) -> None:
        """Nothing is kept to it any more; what was spent stays known."""
        self._changeable(principal, budget_id)
        with self._storage.write() as unit:
            unit.budgets.remove(budget_id)
        self._budgets.reload()

    def _changeable(self, principal: Principal, budget_id: str) -> Budget:
        principal.require(Permission.WRITE)
        budget = self.get(principal, budget_id).budget
        if principal.role is not Role.OWNER and budget.author_id != principal.user_id:
            raise Forbidden("An owner has made this budget, and only owners may change it.")
        return budget


def _owner_of(unit: Unit, principal: Principal, draft: BudgetDraft) -> str:
    """Whose budget it becomes: that of the person whose agent, schedule or key it is about."""
    if draft.scope is BudgetScope.ALL:
        if principal.role is not Role.OWNER:
            raise Forbidden("Only owners may set a budget for everybody. Set one for an agent, a schedule or a key.")
        return principal.user_id
    owner = _FINDERS[draft.scope](unit, principal, draft.subject_id or "")
    if owner is None:
        raise NotFound(draft.scope.value, draft.subject_id or "")
    return owner


def _of_agent(unit: Unit, principal: Principal, id: str) -> str | None:
    agent = unit.agents.get_visible(principal.visible_owner, id)
    return agent.owner_id if agent else None


def _of_schedule(unit: Unit, principal: Principal, id: str) -> str | None:
    schedule = unit.schedules.get_visible(principal.visible_owner, id)
    return schedule.owner_id if schedule else None


def _of_key(unit: Unit, principal: Principal, id: str) -> str | None:
    key = unit.keys.get(id)
    return key.user_id if key and principal.visible_owner in {None, key.user_id} else None


_FINDERS: dict[BudgetScope, Callable[[Unit, Principal, str], str | None]] = {
    BudgetScope.AGENT: _of_agent,
    BudgetScope.SCHEDULE: _of_schedule,
    BudgetScope.KEY: _of_key,
}


def _check(name: str, caps: Caps, warn_percent: float) -> None:
    faults = faults_of_fields({"name": name}) if name else []
    if all(caps.of(measure) is None for measure in Measure):
        faults.append(Fault("/maxCost", "A budget needs a maximum: of cost, tokens or calls."))
    for measure, field in ((Measure.COST, "maxCost"), (Measure.TOKENS, "maxTokens"), (Measure.CALLS, "maxCalls")):
        value = caps.of(measure)
        if value is not None and not (math.isfinite(value) and 0 <= value <= _MOST):
            faults.append(Fault(f"/{field}", f"This must be a number from 0 to {_MOST:,.0f}."))
    if not 0 < warn_percent <= 100:
        faults.append(Fault("/warnPercent", "This must be above 0, and 100 at most."))
    if faults:
        raise Invalid(f"The budget cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)
