"""Says which budgets come to their end, or are there."""

from nicegui import ui

from orchestra.domain.budgets import BudgetScope, BudgetState
from orchestra_ui.context import Screen
from orchestra_ui.pages.budget_row import described, spent_of
from orchestra_ui.parts.elements import Link, Text, box
from orchestra_ui.parts.feedback import ask
from orchestra_ui.wording import one_line


class BudgetBanner:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._shown: object = None
        self._root = box("stack")

    async def refresh(self) -> None:
        states = await ask(self._screen.services.budgets.list, self._screen.principal)
        told = [state for state in states if state.is_warned]
        if self._root.is_deleted or told == self._shown:
            return
        self._shown = told
        self._root.clear()
        with self._root:
            for state in told:
                _draw(state)


def _draw(state: BudgetState) -> None:
    budget = state.budget
    with box("notice bad" if state.is_used_up else "notice warn", role="status"):
        ui.icon("account_balance_wallet").props["aria-hidden"] = "true"
        with box():
            used = "is used up" if state.is_used_up else f"is used to {state.percent:.0f} %"
            named = f"“{one_line(budget.name, 60)}” " if budget.name else ""
            Text(f"The budget {named}of {described(budget)} {used}: {spent_of(state)}. ", classes="foreign")
            if budget.scope is BudgetScope.AGENT:
                Link("See the agent", f"/agents/{budget.subject_id}")
                Text(" · ")
            Link("See budgets", "/budgets")
