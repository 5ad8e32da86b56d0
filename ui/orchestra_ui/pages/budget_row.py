"""One budget as it stands: whose it is, how much of it is used, and how it is changed and deleted."""

from collections.abc import Awaitable, Callable

from orchestra.domain.budgets import Budget, BudgetScope, BudgetState, Measure, amount
from orchestra.domain.identity import Permission, Role
from orchestra_ui.context import Screen
from orchestra_ui.forms.budget_form import PERIODS, BudgetForm
from orchestra_ui.forms.form_dialog import form_dialog
from orchestra_ui.parts.dialogs import confirm
from orchestra_ui.parts.elements import Link, Text, box, button
from orchestra_ui.parts.feedback import attempt
from orchestra_ui.parts.status import Status
from orchestra_ui.wording import one_line

_NOUNS = {BudgetScope.AGENT: "agent", BudgetScope.SCHEDULE: "schedule", BudgetScope.KEY: "API key"}


class BudgetRow:
    """`subject` is what the agent, schedule or key is called, if it is still there; `changed` follows each change."""

    def __init__(
        self,
        screen: Screen,
        state: BudgetState,
        subject: str | None,
        changed: Callable[[], Awaitable[None]],
        heading: str = "h3",
        of_this_page: bool = False,
    ) -> None:
        self._screen = screen
        self._budget = state.budget
        self._changed = changed
        self.root = box("provider", aria_label=f"Budget {one_line(state.budget.name, 60)}".strip())
        with self.root:
            with box("page-head"):
                with box("title"):
                    self._title = Text("", heading, "foreign")
                    self._status = Status(_status_of(state), pill=True)
                if self._may_change():
                    with box("actions"):
                        button("Change", self._change, "plain", "edit")
                        button("Delete", self._ask_to_delete, "bad", "delete_outline")
            with box("facts"):
                self._draw_subject(subject, of_this_page)
                self._since = Text()
                self._warns = Text()
            self._bar = box("meter", "progress", aria_label="Used, in percent", max="100")
            self._used = Text("", classes="soft")
        self.show(state)

    def show(self, state: BudgetState) -> None:
        budget = self._budget = state.budget
        named = f"{one_line(budget.name, 60)}: " if budget.name else ""
        self._title.show(f"{named}{described(budget)}")
        self._status.show(_status_of(state))
        self._since.show(f"since {state.since.isoformat()}, by UTC" if state.since else "since ever")
        self._warns.show(f"warns at {budget.warn_percent:g} %")
        self._bar.props["value"] = str(min(100, round(state.percent, 2)))
        self._bar.classes(replace="meter bad" if state.is_used_up else "meter warn" if state.is_warned else "meter")
        self._used.show(f"{state.percent:.0f} % is used: {spent_of(state)}.")

    def _draw_subject(self, subject: str | None, of_this_page: bool) -> None:
        budget = self._budget
        if budget.scope is BudgetScope.ALL:
            Text("everybody's calls")
        elif of_this_page:
            Text(f"this {_NOUNS[budget.scope]}")
        elif subject is None:
            Text(f"{_NOUNS[budget.scope]} that was deleted")
        elif budget.scope is BudgetScope.AGENT:
            Link(f"agent {one_line(subject, 60)}", f"/agents/{budget.subject_id}", "foreign")
        else:
            Text(f"{_NOUNS[budget.scope]} {one_line(subject, 60)}", classes="foreign")

    def _may_change(self) -> bool:
        principal = self._screen.principal
        is_theirs = principal.role is Role.OWNER or self._budget.author_id == principal.user_id
        return principal.may(Permission.WRITE) and is_theirs

    def _change(self) -> None:
        services, principal, budget = self._screen.services, self._screen.principal, self._budget

        def keep(form: BudgetForm) -> str:
            services.budgets.update(principal, budget.id, form.changes())
            return "The budget was changed."

        form_dialog("Change the budget", "Save", lambda: BudgetForm({}, budget), keep, self._changed).open()

    def _ask_to_delete(self) -> None:
        sentence = "Nothing is kept to it any more. What was spent stays known."
        confirm("Delete this budget?", sentence, "Delete", self._delete).open()

    async def _delete(self) -> None:
        services, principal, budget = self._screen.services, self._screen.principal, self._budget

        def delete() -> bool:
            services.budgets.delete(principal, budget.id)
            return True

        if await attempt(delete, "The budget was deleted."):
            await self._changed()


def described(budget: Budget) -> str:
    """As '$20 and 1,000 tokens a month'."""
    return f"{_listed(budget.caps.of)} {PERIODS[budget.period]}"


def spent_of(state: BudgetState) -> str:
    """What was spent, in the measures that the budget is in."""
    caps = state.budget.caps
    return _listed(lambda measure: None if caps.of(measure) is None else state.spent.of(measure))


def _status_of(state: BudgetState) -> str:
    return "used_up" if state.is_used_up else "nearly_used_up" if state.is_warned else "in_budget"


def _listed(value_of: Callable[[Measure], float | None]) -> str:
    values = [(measure, value) for measure in Measure if (value := value_of(measure)) is not None]
    return " and ".join(f"${value:,.4g}" if one is Measure.COST else amount(one, value) for one, value in values)
