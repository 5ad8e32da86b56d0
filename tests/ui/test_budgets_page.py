"""The page of budgets: set for everybody, an agent, a schedule or a key; shown as they stand, changed, deleted."""

from datetime import UTC, datetime

import pytest
from screens import Visit

from orchestra.domain.budgets import BudgetPeriod, BudgetScope, Caps
from orchestra.services.budgets import BudgetDraft

pytestmark = pytest.mark.anyio


async def test_a_budget_for_everybody_is_set_changed_and_deleted(visit: Visit) -> None:
    await visit.user.open("/budgets")
    await visit.sees("A budget is what model calls may use")
    visit.press("Set a budget")
    await visit.sees("Days and months begin at midnight, UTC.")
    visit.press("Set")
    await visit.sees("A budget needs a maximum: of cost, tokens or calls.")
    visit.fill("Name", "the house")
    visit.fill("Period", "day")
    visit.fill("US dollars", 20)
    visit.fill("Warn at", 50)
    visit.press("Set")
    await visit.sees("the house: $20 a day")
    await visit.sees(f"since {datetime.now(UTC).date().isoformat()}, by UTC")
    await visit.sees("everybody's calls")
    await visit.sees("warns at 50 %")
    visit.press("Change")
    await visit.sees("Change the budget")
    visit.fill("US dollars", None)
    visit.fill("Model calls", 7)
    visit.press("Save")
    await visit.sees("the house: 7 model calls a day")
    [state] = visit.services.budgets.list(visit.principal)
    assert (state.budget.caps, state.budget.warn_percent) == (Caps(calls=7), 50)
    visit.press("Delete")
    await visit.sees("What was spent stays known.")
    visit.press("Delete")
    await visit.sees("A budget is what model calls may use")


async def test_a_budget_is_set_for_a_key_or_a_schedule_by_its_name(visit: Visit) -> None:
    key = visit.services.keys.create(visit.principal, "nightly job")[1]
    visit.agent("Writer")
    await visit.user.open("/budgets")
    visit.press("Set a budget")
    await visit.sees("Days and months begin at midnight, UTC.")
    visit.fill("For", "key")
    visit.fill("Which", key.id)
    visit.fill("Tokens", 1000)
    visit.press("Set")
    await visit.sees("1,000 tokens a month")
    await visit.sees("API key nightly job")
    [state] = visit.services.budgets.list(visit.principal)
    assert (state.budget.scope, state.budget.subject_id) == (BudgetScope.KEY, key.id)


async def test_what_is_used_up_and_whose_agent_is_gone_is_said(visit: Visit) -> None:
    agent = visit.agent("Writer")
    draft = BudgetDraft(BudgetPeriod.TOTAL, Caps(calls=0), BudgetScope.AGENT, agent.id)
    visit.services.budgets.create(visit.principal, draft)
    await visit.user.open("/budgets")
    await visit.sees("0 model calls in all")
    await visit.sees("Used up")
    await visit.sees("agent Writer")
    visit.services.agents.delete(visit.principal, agent.id)
    assert visit.services.budgets.names(visit.principal) == {}
    await visit.user.open("/budgets")
    await visit.sees("agent that was deleted")
