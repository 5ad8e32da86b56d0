"""The part of an agent's page that shows the budgets its model calls count for, and lets one be set."""

from collections.abc import Callable
from typing import TypeVar

from nicegui import ui

from orchestra.domain.budgets import Budget, BudgetPeriod, BudgetScope, BudgetState, Caps, Measure, amount
from orchestra.domain.identity import Permission, Role
from orchestra.errors import Invalid
from orchestra.services.budgets import BudgetDraft
from orchestra_ui.context import Screen
from orchestra_ui.parts.dialogs import confirm, dialog_frame
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import ask, attempt, tell_problem
from orchestra_ui.wording import one_line

C = TypeVar("C", bound=ui.element)
_PERIODS = {BudgetPeriod.DAY: "a day", BudgetPeriod.MONTH: "a month", BudgetPeriod.TOTAL: "in all"}


class BudgetsPart:
    def __init__(self, screen: Screen, agent_id: str) -> None:
        self._screen = screen
        self._agent_id = agent_id
        self._may = screen.principal.may(Permission.WRITE)
        self._dialog = self._make_dialog()
        with box("card"):
            with box("card-head"):
                Text("Budgets for model calls", "h2")
                if self._may:
                    button("Set a budget", self._dialog.open, "quiet", "add")
            self._rows = box("card-body stack")

    async def refresh(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        states = await ask(services.budgets.list, principal)
        if self._rows.is_deleted:
            return
        self._rows.clear()
        with self._rows:
            mine = [state for state in states if state.budget.subject_id == self._agent_id]
            shared = [state for state in states if state.budget.scope is BudgetScope.ALL]
            if not mine and not shared:
                Text("None. Each run is held to the limits in its configuration alone.", "p", "soft")
            for state in (*mine, *shared):
                self._draw_row(state)

    def _draw_row(self, state: BudgetState) -> None:
        budget = state.budget
        kind = "bad" if state.is_used_up else "warn" if state.is_warned else ""
        with box(f"notice {kind}"), box("stack"):
            whose = "all agents" if budget.scope is BudgetScope.ALL else "this agent"
            named = f"{one_line(budget.name, 60)}: " if budget.name else ""
            Text(f"{named}{described(budget)} for {whose}", classes="foreign")
            Text(f"{state.percent:.0f} % is used: {spent_of(state)}.", classes="soft")
            if self._may_change(budget):
                with box("actions"):
                    button("Delete", lambda: self._ask_to_delete(budget), "quiet", "delete_outline")

    def _may_change(self, budget: Budget) -> bool:
        principal = self._screen.principal
        return self._may and (principal.role is Role.OWNER or budget.author_id == principal.user_id)

    def _make_dialog(self) -> ui.dialog:
        with dialog_frame("Set a budget for this agent") as dialog:
            Text("A model call that may use more than what is left is refused, and ends its run.", "p", "soft")
            periods = {period.value: word for period, word in _PERIODS.items()}
            self._period = _field("Period", ui.select(periods, value=BudgetPeriod.MONTH.value))
            self._cost = _field("US dollars", ui.number(min=0))
            self._tokens = _field("Tokens", ui.number(min=0, precision=0))
            self._calls = _field("Model calls", ui.number(min=0, precision=0))
            with box("actions"):
                button("Not now", dialog.close)
                button("Set", self._create, "main")
        return dialog

    async def _create(self) -> None:
        tokens, calls = self._tokens.value, self._calls.value
        caps = Caps(self._cost.value, None if tokens is None else int(tokens), None if calls is None else int(calls))
        draft = BudgetDraft(BudgetPeriod(self._period.value), caps, BudgetScope.AGENT, self._agent_id)
        services, principal = self._screen.services, self._screen.principal
        try:
            made = await attempt(lambda: services.budgets.create(principal, draft), "The budget holds from now on.")
        except Invalid as error:
            tell_problem(error.message)
            return
        if made is not None:
            self._dialog.close()
            await self.refresh()

    def _ask_to_delete(self, budget: Budget) -> None:
        sentence = "Nothing is kept to it any more. What was spent stays known."
        confirm("Delete this budget?", sentence, "Delete", lambda: self._delete(budget.id)).open()

    async def _delete(self, budget_id: str) -> None:
        services, principal = self._screen.services, self._screen.principal

        def delete() -> bool:
            services.budgets.delete(principal, budget_id)
            return True

        if await attempt(delete, "The budget was deleted."):
            await self.refresh()


def _field(name: str, control: C) -> C:
    """The control with a label before it."""
    with box("field") as field, box(tag="label") as label:
        Text(name)
    control.move(field)
    control.props("outlined dense")
    label.props["for"] = control.props["for"] = f"budget-{name.lower().replace(' ', '-')}"
    return control


def described(budget: Budget) -> str:
    """As '$20 and 1,000 tokens a month'."""
    return f"{_listed(budget.caps.of)} {_PERIODS[budget.period]}"


def spent_of(state: BudgetState) -> str:
    """What was spent, in the measures that the budget is in."""
    caps = state.budget.caps
    return _listed(lambda measure: None if caps.of(measure) is None else state.spent.of(measure))


def _listed(value_of: Callable[[Measure], float | None]) -> str:
    values = [(measure, value) for measure in Measure if (value := value_of(measure)) is not None]
    return " and ".join(f"${value:,.4g}" if one is Measure.COST else amount(one, value) for one, value in values)
