"""The budgets for model calls: how much of each is used, and whom they are for."""

from collections.abc import Mapping

from orchestra.domain.budgets import BudgetScope, BudgetState
from orchestra.domain.identity import Permission, Role
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.forms.budget_form import BudgetForm, Subjects
from orchestra_ui.forms.form_dialog import form_dialog
from orchestra_ui.live import watch
from orchestra_ui.pages.budget_row import BudgetRow
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import ask, tell_problem
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.wording import one_line

_OFFERED = 500


@guarded
async def budgets_page(screen: Screen) -> None:
    set_title("Budgets")
    view = _BudgetsView(screen)
    await watch(lambda: screen.services.changes.follow(screen.principal), view.refresh)


class _BudgetsView:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._names: Mapping[str, str] = {}
        self._may = screen.principal.may(Permission.WRITE)
        with box("page-head"):
            Text("Budgets", "h1", "grow")
            if self._may:
                button("Set a budget", self._add, "main", "add")
        self._empty = box("empty")
        with self._empty:
            Text("A budget is what model calls may use in a day, in a month or in all: money, tokens or calls.", "p")
        self._card = box("card card-body", "section", aria_label="Budgets")
        with self._card:
            self._rows: KeyedRows[str, BudgetState] = KeyedRows(box("stack"), self._draw)

    async def refresh(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        states = await ask(services.budgets.list, principal)
        self._names = await ask(services.budgets.names, principal)
        if self._card.is_deleted:
            return
        self._empty.visible, self._card.visible = not states, bool(states)
        self._rows.show((state.budget.id, state) for state in states)

    def _draw(self, state: BudgetState) -> BudgetRow:
        subject = self._names.get(state.budget.subject_id or "")
        return BudgetRow(self._screen, state, subject, self.refresh, heading="h2")

    async def _add(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        subjects = await ask(_subjects, self._screen)

        def keep(form: BudgetForm) -> str:
            services.budgets.create(principal, form.draft())
            return "The budget holds from now on."

        if subjects:
            form_dialog("Set a budget", "Set", lambda: BudgetForm(subjects), keep, self.refresh).open()
        else:
            tell_problem("There is nothing yet that you could set a budget for. Create an agent first.")


def _subjects(screen: Screen) -> Subjects:
    services, principal = screen.services, screen.principal
    agents = services.agents.list(principal, limit=_OFFERED).items
    schedules = services.schedules.list(principal, limit=_OFFERED).items
    keys = services.keys.list(principal)
    named = {
        BudgetScope.AGENT: {one.id: one_line(one.name, 80) for one in agents},
        BudgetScope.SCHEDULE: {one.id: one_line(one.name, 80) for one in schedules},
        BudgetScope.KEY: {one.id: one_line(one.name, 80) for one in keys},
    }
    everybody: Subjects = {BudgetScope.ALL: {}} if principal.role is Role.OWNER else {}
    return {**everybody, **{scope: names for scope, names in named.items() if names}}
