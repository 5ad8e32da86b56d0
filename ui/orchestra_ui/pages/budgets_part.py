"""The part of an agent's page that shows the budgets its model calls count for, and lets one be set."""

from orchestra.domain.budgets import BudgetScope, BudgetState
from orchestra.domain.identity import Permission
from orchestra_ui.context import Screen
from orchestra_ui.forms.budget_form import BudgetForm
from orchestra_ui.forms.form_dialog import form_dialog
from orchestra_ui.pages.budget_row import BudgetRow
from orchestra_ui.parts.elements import Link, Text, box, button
from orchestra_ui.parts.feedback import ask
from orchestra_ui.parts.keyed import KeyedRows


class BudgetsPart:
    def __init__(self, screen: Screen, agent_id: str) -> None:
        self._screen = screen
        self._agent_id = agent_id
        with box("card"):
            with box("card-head"):
                Text("Budgets for model calls", "h2")
                if screen.principal.may(Permission.WRITE):
                    button("Set a budget", self._add, "quiet", "add")
                Link("All budgets", "/budgets")
            with box("card-body"):
                self._none = Text("None. Each run is held to the limits in its configuration alone.", "p", "soft")
                self._rows: KeyedRows[str, BudgetState] = KeyedRows(box("stack"), self._draw)

    async def refresh(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        states = await ask(services.budgets.list, principal)
        mine = [state for state in states if state.budget.subject_id == self._agent_id]
        shown = [*mine, *(state for state in states if state.budget.scope is BudgetScope.ALL)]
        if self._none.is_deleted:
            return
        self._none.visible = not shown
        self._rows.show((state.budget.id, state) for state in shown)

    def _draw(self, state: BudgetState) -> BudgetRow:
        return BudgetRow(self._screen, state, None, self.refresh, of_this_page=True)

    def _add(self) -> None:
        services, principal = self._screen.services, self._screen.principal

        def keep(form: BudgetForm) -> str:
            services.budgets.create(principal, form.draft())
            return "The budget holds from now on."

        subjects = {BudgetScope.AGENT: {self._agent_id: "this one"}}
        form_dialog("Set a budget for this agent", "Set", lambda: BudgetForm(subjects), keep, self.refresh).open()
