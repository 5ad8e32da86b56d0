"""/budgets"""

from typing import Annotated, cast

from fastapi import Query

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut
from orchestra.api.schemas_money import BudgetOut, BudgetsOut, CreateBudgetIn, UpdateBudgetIn
from orchestra.domain.budgets import Caps
from orchestra.services.budgets import BudgetChanges, BudgetDraft

router = router_for("Budgets", "/budgets")


@router.get("", responses=INVALID, summary="List budgets, and what was spent of each")
def list_budgets(
    services: ServicesDep,
    principal: PrincipalDep,
    subject_id: Annotated[str | None, Query(alias="subjectId", description="An agent, schedule or key.")] = None,
) -> BudgetsOut:
    states = services.budgets.list(principal, subject_id=subject_id)
    return BudgetsOut(budgets=[BudgetOut.of_state(state) for state in states])


@router.post("", status_code=201, responses=INVALID | UNKNOWN, summary="Set a budget")
def create_budget(services: ServicesDep, principal: PrincipalDep, body: CreateBudgetIn) -> BudgetOut:
    draft = BudgetDraft(
        period=body.period,
        caps=Caps(body.max_cost, body.max_tokens, body.max_calls),
        scope=body.scope,
        subject_id=body.subject_id,
        name=body.name or "",
        warn_percent=body.warn_percent,
    )
    return BudgetOut.of_state(services.budgets.create(principal, draft))


@router.get("/{budget_id}", responses=UNKNOWN, summary="Get a budget")
def get_budget(services: ServicesDep, principal: PrincipalDep, budget_id: str) -> BudgetOut:
    return BudgetOut.of_state(services.budgets.get(principal, budget_id))


@router.put("/{budget_id}", responses=INVALID | UNKNOWN, summary="Change a budget")
def update_budget(services: ServicesDep, principal: PrincipalDep, budget_id: str, body: UpdateBudgetIn) -> BudgetOut:
    changes = cast(BudgetChanges, body.model_dump(exclude_unset=True))
    return BudgetOut.of_state(services.budgets.update(principal, budget_id, changes))


@router.delete("/{budget_id}", responses=UNKNOWN, summary="Delete a budget")
def delete_budget(services: ServicesDep, principal: PrincipalDep, budget_id: str) -> MessageOut:
    services.budgets.delete(principal, budget_id)
    return MessageOut(message="The budget was deleted. What was spent stays known.")
