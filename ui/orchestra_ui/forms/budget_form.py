"""The fields of a budget, for a new one and for one that is there."""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from orchestra.domain.budgets import Budget, BudgetPeriod, BudgetScope, Caps
from orchestra.errors import Fault
from orchestra.services.budgets import BudgetChanges, BudgetDraft
from orchestra_ui.forms.field_set import FieldSet, typed, whole
from orchestra_ui.parts.elements import Text

PERIODS = {BudgetPeriod.DAY: "a day", BudgetPeriod.MONTH: "a month", BudgetPeriod.TOTAL: "in all"}
SCOPES = {
    BudgetScope.ALL: "Everybody's calls",
    BudgetScope.AGENT: "One agent",
    BudgetScope.SCHEDULE: "One schedule",
    BudgetScope.KEY: "One API key",
}
_WARN_PERCENT = 80.0

Subjects = Mapping[BudgetScope, Mapping[str, str]]
"""What a budget can be for, and the names of the agents, schedules or keys by their ids; nothing that has none."""


class BudgetForm:
    """Draws itself here. Whom and which period a budget is for does not change any more once it is there."""

    def __init__(self, subjects: Subjects, budget: Budget | None = None) -> None:
        self._subjects = subjects
        self._fields = FieldSet()
        if budget is None:
            self._draw_choice()
        Text("A model call that may use more than what is left is refused, and ends its run.", "p", "soft")
        fields = self._fields
        self._name = fields.text("/name", "Name", "For lists and warnings; may be left empty.")
        self._cost = fields.number("/maxCost", "US dollars", "As far as prices are known.", min=0)
        self._tokens = fields.number("/maxTokens", "Tokens", "", min=0, precision=0)
        self._calls = fields.number("/maxCalls", "Model calls", "", min=0, precision=0)
        self._warn = fields.number(
            "/warnPercent", "Warn at", "When so many percent are used.", value=_WARN_PERCENT, min=1, max=100
        )
        if budget is not None:
            self._fill(budget)

    def draft(self) -> BudgetDraft:
        """The new budget as it was typed."""
        scope = BudgetScope(self._scope.value)
        return BudgetDraft(
            period=BudgetPeriod(self._period.value),
            caps=self._caps(),
            scope=scope,
            subject_id=None if scope is BudgetScope.ALL else self._subject.value or "",
            name=typed(self._name) or "",
            warn_percent=self._percent(),
        )

    def changes(self) -> BudgetChanges:
        """What a budget that is there is changed to."""
        caps = self._caps()
        return {
            "name": typed(self._name) or "",
            "max_cost": caps.cost,
            "max_tokens": caps.tokens,
            "max_calls": caps.calls,
            "warn_percent": self._percent(),
        }

    def show_faults(self, faults: Sequence[Fault]) -> list[Fault]:
        """Tell the faults at their fields; those that have none are given back."""
        return self._fields.show_faults(faults)

    def _draw_choice(self) -> None:
        scopes = {scope.value: word for scope, word in SCOPES.items() if scope in self._subjects}
        first = next(iter(scopes))
        self._scope: Any
        self._subject: Any
        if len(scopes) == 1 and len(self._subjects[BudgetScope(first)]) == 1:  # there is nothing to choose
            self._scope = _Chosen(first)
            self._subject = _Chosen(next(iter(self._subjects[BudgetScope(first)])))
        else:
            self._scope = self._fields.add("/scope", "For", "", lambda: ui.select(scopes, value=first))
            self._subject = self._fields.add("/subjectId", "Which", "", lambda: ui.select({}, with_input=True))
            self._scope.on_value_change(lambda _: self._show_subjects())
            self._show_subjects()
        periods = {period.value: word for period, word in PERIODS.items()}
        self._period = self._fields.add(
            "/period",
            "Period",
            "Days and months begin at midnight, UTC.",
            lambda: ui.select(periods, value=BudgetPeriod.MONTH.value),
        )

    def _show_subjects(self) -> None:
        scope = BudgetScope(self._scope.value)
        names = dict(self._subjects[scope])
        self._subject.set_options(names, value=next(iter(names), None))
        self._fields.show("/subjectId", scope is not BudgetScope.ALL)

    def _fill(self, budget: Budget) -> None:
        self._name.value = budget.name
        self._cost.value, self._tokens.value, self._calls.value = (
            budget.caps.cost,
            budget.caps.tokens,
            budget.caps.calls,
        )
        self._warn.value = budget.warn_percent

    def _caps(self) -> Caps:
        return Caps(self._cost.value, whole(self._tokens), whole(self._calls))

    def _percent(self) -> float:
        return _WARN_PERCENT if self._warn.value is None else self._warn.value


class _Chosen:
    """Stands for a control where there is one choice."""

    def __init__(self, value: str) -> None:
        self.value = value
