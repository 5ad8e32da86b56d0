"""Accounts of model calls over a real database and a real history, without a gateway before them."""

import asyncio
import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestra.domain.agents import Agent
from orchestra.domain.budgets import Budget, BudgetPeriod, BudgetScope, Caps
from orchestra.domain.executions import DeploymentEnvironment, Execution, Outcome, Trigger, Verdict
from orchestra.domain.identity import Role, User
from orchestra.domain.model_calls import CallRecord, CallStatus, Target, Tokens, WireFormat
from orchestra.domain.prices import OwnPrice
from orchestra.domain.questions import Question
from orchestra.engine.call_store import CallStore
from orchestra.gateway.accounts import ModelAccounts
from orchestra.gateway.budgets import Budgets
from orchestra.gateway.guard import GuardRules
from orchestra.gateway.price_book import PriceBook
from orchestra_storage.executions import NewExecution
from orchestra_storage.history import History
from orchestra_storage.migrate import migrate
from orchestra_storage.model_calls import ModelCalls
from orchestra_storage.unit import Storage

PRICED = Target("p1", "Provider", "custom", "priced")
FREE = Target("scripted", "Scripted model", "scripted", "scripted", is_local=True)
UNPRICED = Target("p1", "Provider", "custom", "unpriced")


@dataclass
class Reined:
    """What was done to a run."""

    stopped: list[Verdict] = field(default_factory=list[Verdict])
    warned: list[str] = field(default_factory=list[str])
    asked: list[Question] = field(default_factory=list[Question])
    answer: Any = None

    def stop(self, verdict: Verdict) -> None:
        self.stopped.append(verdict)

    def warn(self, message: str, data: Mapping[str, Any]) -> None:
        self.warned.append(message)

    def ask(self, question: Question) -> None:
        self.asked.append(question)

    def answer_to(self, question_id: str) -> Any | None:
        return self.answer if self.asked and question_id == self.asked[-1].id else None

    def withdraw(self, question_id: str) -> None:
        pass


class Bookkeeping:
    """`priced` costs a dollar for a million tokens, in and out."""

    def __init__(self, folder: Path, rules: GuardRules | None = None) -> None:
        migrate(folder / "orchestra.db")
        self.storage = Storage.open(folder / "orchestra.db")
        self.history = History.open(folder / "history.duckdb")
        self.calls = ModelCalls(self.history)
        now = datetime.now(UTC)
        with self.storage.write() as unit:
            unit.users.add(User("u1", "Ada", Role.OWNER, now))
        self.prices = PriceBook(lambda: [OwnPrice("1", "priced", "", Decimal(1), Decimal(1), now)])
        self.store = CallStore(self.storage, self.history, 30)
        self.told: list[Execution] = []
        self.budgets: Budgets
        self.accounts: ModelAccounts
        self.restart(rules)

    def restart(self, rules: GuardRules | None = None) -> None:
        """Forget what is in memory alone."""
        self.budgets = Budgets(self.storage)
        self.accounts = ModelAccounts(self.storage, self.budgets, self.prices, rules or GuardRules(), self.told.append)

    def agent(self, id: str) -> str:
        now = datetime.now(UTC)
        with self.storage.write() as unit:
            unit.agents.add(Agent(id, "u1", id, "miniagi", {}, now, now))
        return id

    def execution(self, agent: str, *, limits: Mapping[str, Any] | None = None, **more: Any) -> Execution:
        new = NewExecution(
            id=uuid.uuid4().hex,
            owner_id="u1",
            agent_id=agent,
            input={},
            configuration={"limits": limits or {}},
            trigger=Trigger.MANUAL,
            environment=DeploymentEnvironment.DEVELOPMENT,
            created_at=datetime.now(UTC),
            **more,
        )
        with self.storage.write() as unit:
            return unit.executions.add(new)

    def open(self, execution: Execution) -> Reined:
        reined = Reined()
        self.accounts.open(execution, reined)
        return reined

    def budget(self, scope: BudgetScope = BudgetScope.ALL, subject: str | None = None, **caps: Any) -> Budget:
        now = datetime.now(UTC)
        period = caps.pop("period", BudgetPeriod.DAY)
        budget = Budget(uuid.uuid4().hex, "u1", "u1", scope, subject, period, Caps(**caps), now, now)
        with self.storage.write() as unit:
            unit.budgets.put(budget)
        self.budgets.reload()
        return budget

    def now(self, execution: Execution) -> Execution:
        with self.storage.read() as unit:
            found = unit.executions.by_number(execution.number)
        assert found is not None
        return found

    def finish(self, execution: Execution, outcome: Outcome) -> None:
        with self.storage.write() as unit:
            ended = unit.executions.finish(execution.number, outcome, datetime.now(UTC))
        assert ended is not None
        self.history.store([], [ended]).result()

    def reserve(self, number: int, target: Target = FREE, **asked: Any) -> Any:
        return self.accounts.reserve(number, [target], WireFormat.CHAT, asked, _body(asked))

    def is_held_back(self, number: int, target: Target = FREE, **asked: Any) -> bool:
        """Whether such a call would have to wait for others."""

        async def waits() -> bool:
            began = time.monotonic()
            await self.accounts.wait(number, [target], WireFormat.CHAT, asked, _body(asked), began + 0.2)
            return time.monotonic() >= began + 0.2

        return asyncio.run(waits())

    def call(self, number: int, target: Target = FREE, tokens: Tokens | None = None, **asked: Any) -> None:
        """Reserve and settle one call."""
        self.reserve(number, target, **asked).settle(record_of(number, target, tokens or Tokens(10, 10)))

    def clear(self, number: int, *bodies: bytes) -> None:
        async def all_of() -> None:
            for body in bodies:
                await self.accounts.clear(number, [FREE], WireFormat.CHAT, {}, body)

        asyncio.run(all_of())


@contextmanager
def bookkeeping(folder: Path, rules: GuardRules | None = None) -> Iterator[Bookkeeping]:
    books = Bookkeeping(folder, rules)
    try:
        yield books
    finally:
        books.history.close()
        books.storage.close()


def _body(asked: Mapping[str, Any]) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": "x" * 40}], **asked}).encode()


def record_of(
    number: int,
    target: Target | None,
    tokens: Tokens,
    status: CallStatus = CallStatus.COMPLETED,
    tool_calls: Sequence[str] = (),
) -> CallRecord:
    return CallRecord(
        id=uuid.uuid4().hex,
        number=number,
        attempt=1,
        format=WireFormat.CHAT,
        asked_model="fast",
        target=target,
        status=status,
        http_status=200,
        error=None,
        tokens=tokens,
        started_at=datetime.now(UTC),
        latency_ms=12.5,
        first_token_ms=3.25,
        request=b'{"model": "fast"}',
        reply=b"data: {}\n\n",
        streamed=True,
        finish_reason="stop",
        tool_calls=tuple(tool_calls),
        truncated_prompt=False,
    )
