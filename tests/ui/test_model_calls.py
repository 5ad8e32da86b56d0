"""Model calls and budgets on the screens."""

import json
import uuid
from datetime import UTC, datetime

import pytest
from screens import Visit

from orchestra.domain.budgets import BudgetPeriod, BudgetScope, Caps
from orchestra.domain.kept_calls import Charge, KeptCall
from orchestra.domain.model_calls import CallRecord, CallStatus, Target, Tokens, WireFormat
from orchestra.services.budgets import BudgetDraft
from orchestra.services.starting import StartRequest

pytestmark = pytest.mark.anyio

SCRIPTED = Target("scripted", "Scripted model", "scripted", "scripted", is_local=True)


def kept(number: int, prompt: str, reply: str, target: Target, cost: float | None) -> KeptCall:
    record = CallRecord(
        id=uuid.uuid4().hex,
        number=number,
        attempt=1,
        format=WireFormat.CHAT,
        asked_model="fast",
        target=target,
        status=CallStatus.COMPLETED,
        http_status=200,
        error=None,
        tokens=Tokens(1200, 34),
        started_at=datetime.now(UTC),
        latency_ms=1234,
        first_token_ms=None,
        request=json.dumps({"model": "fast", "messages": [{"role": "user", "content": prompt}]}).encode(),
        reply=json.dumps({"choices": [{"message": {"content": reply}}]}).encode(),
        streamed=False,
        finish_reason="stop",
        tool_calls=(),
        truncated_prompt=False,
    )
    return KeptCall(record, "a", Charge(cost))


async def test_model_calls_are_listed_and_opened(visit: Visit) -> None:
    execution = visit.services.executions.start(visit.principal, StartRequest(visit.agent().id))
    calls = [
        kept(execution.number, "What?", "Go on.", SCRIPTED, 0.0),
        kept(execution.number, "Again <b>now</b>?", "No.", Target("p", "Mine", "openai", "big-model"), None),
    ]
    visit.services.model_calls._calls.store(calls).result()
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Completed in")
    visit.user.find("Model calls").click()
    await visit.sees("No model has thought about them")
    await visit.sees("1,200 + 34")
    await visit.sees("big-model")
    await visit.sees("cost unknown")
    visit.user.find("big-model").click()
    await visit.sees("Again <b>now</b>?")
    await visit.sees("No.")


async def test_a_budget_is_set_shown_and_told_when_it_is_used_up(visit: Visit) -> None:
    agent = visit.agent()
    await visit.user.open(f"/agents/{agent.id}")
    await visit.sees("held to the limits in its configuration alone")
    visit.press("Set a budget")
    await visit.sees("ends its run")
    visit.fill("Model calls", 3)
    visit.press("Set")
    await visit.sees("3 model calls a month")
    await visit.sees("this agent")
    draft = BudgetDraft(BudgetPeriod.DAY, Caps(calls=0), BudgetScope.AGENT, agent.id, "none at all")
    visit.services.budgets.create(visit.principal, draft)
    await visit.user.open("/agents")
    await visit.sees("The budget “none at all” of 0 model calls a day is used up")
