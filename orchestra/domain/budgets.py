"""Budgets: what may be spent on models in a while, what was, and whether another call fits in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from orchestra.domain.prices import added


class Measure(StrEnum):
    """What may be used up."""

    COST = "cost"
    TOKENS = "tokens"
    CALLS = "calls"


class BudgetScope(StrEnum):
    """Whose model calls count: everybody's, or those of the executions of one agent, schedule or API key."""

    ALL = "all"
    AGENT = "agent"
    SCHEDULE = "schedule"
    KEY = "key"


class BudgetPeriod(StrEnum):
    """What is begun anew with each day or month, by UTC, or never."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Spent:
    """What model calls add up to; the cost in dollars, as far as it is known."""

    cost: float = 0.0
    tokens: int = 0
    calls: int = 0

    def plus(self, other: "Spent") -> "Spent":
        return Spent(added(self.cost, other.cost), self.tokens + other.tokens, self.calls + other.calls)

    def minus(self, other: "Spent") -> "Spent":
        return Spent(added(self.cost, -other.cost), self.tokens - other.tokens, self.calls - other.calls)

    def of(self, measure: Measure) -> float:
        return {Measure.COST: self.cost, Measure.TOKENS: self.tokens, Measure.CALLS: self.calls}[measure]


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that may be spent; None: as much as there is."""

    cost: float | None = None
    tokens: int | None = None
    calls: int | None = None

    def of(self, measure: Measure) -> float | None:
        return {Measure.COST: self.cost, Measure.TOKENS: self.tokens, Measure.CALLS: self.calls}[measure]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a call may use at most, with replies of so many `output_tokens`, if it names no bound of its own."""

    most: Spent
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget as stored: `owner_id` is whose agent, schedule or key it is about, `author_id` who made it.

    `warn_percent` of what is allowed is worth a warning.

    `warned_at` and `used_up_at` are when that was last told of; one that lies in an earlier period counts no more.
    """

    id: str
    owner_id: str
    author_id: str
    scope: BudgetScope
    subject_id: str | None
    period: BudgetPeriod
    caps: Caps
    created_at: datetime
    updated_at: datetime
    name: str = ""
    warn_percent: float = 80.0
    warned_at: datetime | None = None
    used_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget, and what was spent of it since `since`, None where it never begins anew."""

    budget: Budget
    spent: Spent
    since: date | None

    @property
    def percent(self) -> float:
        """How much of it is used, in percent, by the measure of which most is."""
        return percent_of(self.budget.caps, self.spent)

    @property
    def is_warned(self) -> bool:
        return self.percent >= self.budget.warn_percent

    @property
    def is_used_up(self) -> bool:
        return self.percent >= 100


@dataclass(frozen=True, slots=True)
class Payer:
    """On whose account an execution's calls go."""

    owner_id: str
    agent_id: str
    schedule_id: str | None = None
    key_id: str | None = None

    def subject_of(self, scope: BudgetScope) -> str | None:
        subjects = {
            BudgetScope.AGENT: self.agent_id,
            BudgetScope.SCHEDULE: self.schedule_id,
            BudgetScope.KEY: self.key_id,
        }
        return subjects.get(scope)


def applies(budget: Budget, payer: Payer) -> bool:
    """Whether this payer's calls count."""
    if budget.scope is BudgetScope.ALL:
        return True
    return budget.subject_id is not None and payer.subject_of(budget.scope) == budget.subject_id


def start_of(period: BudgetPeriod, now: datetime) -> date | None:
    """The first day, by UTC, of the period that `now` is in; None if it has no beginning."""
    today = now.astimezone(UTC).date()
    return {BudgetPeriod.DAY: today, BudgetPeriod.MONTH: today.replace(day=1), BudgetPeriod.TOTAL: None}[period]


def lacking(caps: Caps, spent: Spent, reserved: Spent, ask: Ask) -> Measure | None:
    """What does not allow for the call, if anything does not; others that are under way keep what is set aside."""
    for measure in (Measure.CALLS, Measure.TOKENS, Measure.COST):
        cap = caps.of(measure)
        if cap is None:
            continue
        if spent.of(measure) >= cap:
            return measure
        if _sum(spent.of(measure), reserved.of(measure), ask.most.of(measure)) > cap:
            return measure
    return None


def percent_of(caps: Caps, spent: Spent) -> float:
    shares = [
        100 * spent.of(measure) / cap if cap else 100.0 for measure in Measure if (cap := caps.of(measure)) is not None
    ]
    return max(shares, default=0.0)


def sentence_of(caps: Caps, spent: Spent, ask: Ask, measure: Measure, whose: str, remedy: str) -> str:
    """Why a call is not made, and what to do; `whose` names the budget, as in "of the agent 'x' for a day"."""
    cap = caps.of(measure) or 0
    if spent.of(measure) >= cap:
        return f"The budget of {amount(measure, cap)}{whose} is used up. {remedy}"
    left = max(0.0, cap - spent.of(measure))
    return (
        f"The budget of {amount(measure, cap)}{whose} does not allow for this call: it may use "
        f"{_figure(measure, ask.most.of(measure))}, and {_figure(measure, left)} are left, less what other "
        "calls may use that are under way. "
        f"Ask for fewer tokens in the call, or: {remedy}"
    )


def amount(measure: Measure, value: float) -> str:
    """0.5 for models, 1,000 tokens, 1 model call."""
    if measure is Measure.COST:
        return f"{value:,g} for models"
    noun = "token" if measure is Measure.TOKENS else "model call"
    return f"{value:,.0f} {noun if value == 1 else noun + 's'}"


def _figure(measure: Measure, value: float) -> str:
    return f"${value:,.6g}" if measure is Measure.COST else amount(measure, value)


def named(budget: Budget, subject: str | None = None) -> str:
    """The budget in a sentence: " of the agent 'x' for a month"; `subject` is what its subject is called."""
    subject = subject or budget.subject_id
    whose = "" if budget.scope is BudgetScope.ALL else f" of the {_NOUNS[budget.scope]} '{subject}'"
    period = "" if budget.period is BudgetPeriod.TOTAL else f" for a {budget.period.value}"
    return (f" '{budget.name}'" if budget.name else "") + whose + period


_NOUNS = {BudgetScope.AGENT: "agent", BudgetScope.SCHEDULE: "schedule", BudgetScope.KEY: "API key"}


def _sum(*values: float) -> float:
    return added(0.0, *values)
