"""The shapes of budgets, prices and model calls."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from orchestra.api.schemas import ABSENT, Name, PaginationOut, Shape
from orchestra.domain.budgets import BudgetPeriod, BudgetScope, BudgetState, Spent
from orchestra.domain.kept_calls import KeptCall
from orchestra.domain.model_calls import CallStatus, WireFormat
from orchestra.domain.prices import OwnPrice, Price, Rate

Dollars = Annotated[float, Field(ge=0, le=1e12, description="In US dollars.")]
Count = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
Percent = Annotated[float, Field(gt=0, le=100)]
PerMillion = Annotated[float, Field(ge=0, le=1_000_000, description="US dollars per million tokens.")]
Label = Annotated[str, Field(max_length=200)]


class SpentOut(Shape):
    cost: Annotated[float, Field(description="In US dollars, of the calls whose price is known.")]
    tokens: int
    calls: int

    @staticmethod
    def of_spent(spent: Spent) -> "SpentOut":
        return SpentOut(cost=spent.cost, tokens=spent.tokens, calls=spent.calls)


class BudgetOut(Shape):
    id: str
    name: str = ABSENT
    scope: BudgetScope
    subject_id: Annotated[str, Field(description="The agent, schedule or key that it is for.")] = ABSENT
    period: BudgetPeriod
    max_cost: float = ABSENT
    max_tokens: int = ABSENT
    max_calls: int = ABSENT
    warn_percent: float
    spent: SpentOut
    percent: Annotated[float, Field(description="How much is used, of what is scarcest.")]
    since: Annotated[date, Field(description="The first day of its period, by UTC.")] = ABSENT
    is_warned: bool
    is_used_up: bool
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def of_state(state: BudgetState) -> "BudgetOut":
        budget = state.budget
        return BudgetOut.of(
            id=budget.id,
            name=budget.name or None,
            scope=budget.scope,
            subject_id=budget.subject_id,
            period=budget.period,
            max_cost=budget.caps.cost,
            max_tokens=budget.caps.tokens,
            max_calls=budget.caps.calls,
            warn_percent=budget.warn_percent,
            spent=SpentOut.of_spent(state.spent),
            percent=round(state.percent, 2),
            since=state.since,
            is_warned=state.is_warned,
            is_used_up=state.is_used_up,
            created_at=budget.created_at,
            updated_at=budget.updated_at,
        )


class BudgetsOut(Shape):
    budgets: list[BudgetOut]


class CreateBudgetIn(Shape):
    scope: Annotated[BudgetScope, Field(strict=False)] = BudgetScope.ALL
    subject_id: Annotated[str, Field(max_length=200, description="The agent, schedule or key; none for all.")] = ABSENT
    period: Annotated[BudgetPeriod, Field(strict=False)]
    name: Name = ABSENT
    max_cost: Dollars = ABSENT
    max_tokens: Count = ABSENT
    max_calls: Count = ABSENT
    warn_percent: Percent = 80


class UpdateBudgetIn(Shape):
    """A null takes a maximum away."""

    name: Name = ABSENT
    max_cost: Dollars | None = ABSENT
    max_tokens: Count | None = ABSENT
    max_calls: Count | None = ABSENT
    warn_percent: Percent = ABSENT


class RatesOut(Shape):
    input: float
    output: float
    cached: float = ABSENT
    cache_written: float = ABSENT


class PriceOut(RatesOut):
    """Of one model, in US dollars per million tokens."""

    id: str
    model: str
    provider: Annotated[str, Field(description="Its id, name or kind; absent for all providers.")] = ABSENT
    note: str = ABSENT
    updated_at: datetime

    @staticmethod
    def of_price(price: OwnPrice) -> "PriceOut":
        return PriceOut.of(
            id=price.id,
            model=price.model,
            provider=price.provider or None,
            input=float(price.input),
            output=float(price.output),
            cached=_number(price.cached),
            cache_written=_number(price.cache_written),
            note=price.note,
            updated_at=price.updated_at,
        )


class PricesOut(Shape):
    prices: list[PriceOut]


class SetPriceIn(Shape):
    model: Annotated[str, Field(min_length=1, max_length=200)]
    provider: Label = ""
    input: PerMillion
    output: PerMillion
    cached: PerMillion = ABSENT
    cache_written: PerMillion = ABSENT
    note: Label = ABSENT


class FoundPriceOut(Shape):
    """What a call would be charged by; without `price` nobody knows what the model costs."""

    model: str
    provider: str = ABSENT
    price: RatesOut = ABSENT
    source: str = ABSENT
    as_of: date = ABSENT

    @staticmethod
    def of_found(model: str, provider: str, price: Price | None) -> "FoundPriceOut":
        return FoundPriceOut.of(
            model=model,
            provider=provider or None,
            price=_rates(price) if price else None,
            source=price.source if price else None,
            as_of=price.as_of if price else None,
        )


class ModelCallOut(Shape):
    id: str
    attempt: int
    format: WireFormat
    asked_model: str
    model: str = ABSENT
    provider: str = ABSENT
    is_scripted: Annotated[bool, Field(description="A script answered, and no model.")]
    status: CallStatus
    http_status: int
    error: str = ABSENT
    input_tokens: int = ABSENT
    output_tokens: int = ABSENT
    cached_tokens: int = ABSENT
    cache_written_tokens: int = ABSENT
    reasoning_tokens: int = ABSENT
    is_estimated: bool
    cost: Annotated[float, Field(description="In US dollars; absent if it is not known.")] = ABSENT
    price_source: str = ABSENT
    price_date: date = ABSENT
    started_at: datetime
    latency_ms: float
    first_token_ms: float = ABSENT
    streamed: bool
    finish_reason: str = ABSENT
    tool_calls: list[str]
    truncated_prompt: bool
    has_bodies: bool

    @classmethod
    def of_call(cls, call: KeptCall, **more: Any) -> Any:
        record, tokens, charge = call.record, call.record.tokens, call.charge
        return cls.of(
            id=record.id,
            attempt=record.attempt,
            format=record.format,
            asked_model=record.asked_model,
            model=record.target.model if record.target else None,
            provider=record.target.provider_name if record.target else None,
            is_scripted=call.is_scripted,
            status=record.status,
            http_status=record.http_status,
            error=record.error,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cached_tokens=tokens.cached,
            cache_written_tokens=tokens.cache_written,
            reasoning_tokens=tokens.reasoning,
            is_estimated=tokens.estimated,
            cost=charge.cost,
            price_source=charge.source,
            price_date=charge.as_of,
            started_at=record.started_at,
            latency_ms=round(record.latency_ms, 3),
            first_token_ms=None if record.first_token_ms is None else round(record.first_token_ms, 3),
            streamed=record.streamed,
            finish_reason=record.finish_reason,
            tool_calls=list(record.tool_calls),
            truncated_prompt=record.truncated_prompt,
            has_bodies=call.has_bodies,
            **more,
        )


class ModelCallDetailedOut(ModelCallOut):
    request: Annotated[str, Field(description="The body as it came, as text.")] = ABSENT
    reply: Annotated[str, Field(description="The body as it went out, as text; of a stream, all its events.")] = ABSENT


class ModelCallsOut(Shape):
    calls: list[ModelCallOut]
    pagination: PaginationOut


class ScriptOut(Shape):
    script: Annotated[str, Field(description="YAML, for the scripted model.")]


def _rates(price: Price) -> RatesOut:
    def base(rate: Rate | None) -> float | None:
        return None if rate is None else float(rate.base)

    return RatesOut.of(
        input=base(price.input),
        output=base(price.output),
        cached=base(price.cached),
        cache_written=base(price.cache_written),
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
