"""Keeps account of what executions spend on models: sets aside before each call, settles after it, refuses too much."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestra.domain.budgets import Ask, Payer, Spent
from orchestra.domain.executions import Execution, FailureClass, Verdict
from orchestra.domain.kept_calls import KeptCall, used_tokens
from orchestra.domain.limits import caps_of, limits_of
from orchestra.domain.model_calls import CallRecord, Target, WireFormat
from orchestra.domain.prices import FREE, most
from orchestra.domain.reins import Reins
from orchestra.gateway import purses
from orchestra.gateway.budgets import USED_UP, WARNING, Budgets
from orchestra.gateway.errors import CallError
from orchestra.gateway.estimates import bounds_from, estimate_of
from orchestra.gateway.guard import GuardRules, RunGuard
from orchestra.gateway.pausing import Pauses
from orchestra.gateway.price_book import PriceBook
from orchestra.gateway.purses import Lack, Purse
from orchestra_storage.haste import WouldWait, refuse_haste
from orchestra_storage.unit import Storage

_LOOK_SECONDS = 0.02
MOST_OUTPUT_TOKENS = 16_384
"""What a reply may have where a budget holds the call and neither the call nor a setting bounds it."""
_TOO_LONG = frozenset({"length", "max_tokens", "max_output_tokens"})
"""How formats say that a reply ended at a bound."""
_REMEDY = "Raise it in the agent's limits, or give the agent less to do."


@dataclass(slots=True, eq=False)
class Account:
    """What an execution may still spend by its own limits; `is_warned` says that it was told that little is left."""

    execution: Execution
    reins: Reins
    purse: Purse
    warn_percent: float
    guard: RunGuard
    is_warned: bool = False

    @staticmethod
    def of(execution: Execution, reins: Reins, rules: GuardRules) -> "Account":
        limits = limits_of(execution.configuration)
        spent = Spent(execution.known_cost, execution.tokens_used, execution.model_calls)
        purse = Purse(caps_of(limits), "", _REMEDY, spent)
        return Account(execution, reins, purse, limits.budget_warning_percent, RunGuard(rules))


@dataclass(frozen=True, slots=True, eq=False)
class _Reservation:
    """What was set aside for one call, and the bound on its replies that follows, if it names none."""

    put: Callable[[CallRecord], None]
    most_output_tokens: int | None = None

    def settle(self, record: CallRecord) -> None:
        self.put(record)


class ModelAccounts:
    """What is spent is written down with each call; the rest is in memory. From any thread, but for `clear`."""

    def __init__(
        self,
        storage: Storage,
        budgets: Budgets,
        prices: PriceBook,
        rules: GuardRules,
        on_settled: Callable[[Execution], None],
        keeps_bodies: bool = True,
        most_output_tokens: int = MOST_OUTPUT_TOKENS,
    ) -> None:
        self._storage = storage
        self._budgets = budgets
        self._prices = prices
        self._rules = rules
        self._on_settled = on_settled
        self._keeps_bodies = keeps_bodies
        self._most_output_tokens = most_output_tokens
        self._accounts: dict[int, Account] = {}
        self._pauses = Pauses(rules.wait_seconds, self._is_open)

    def open(self, execution: Execution, reins: Reins) -> None:
        """Keep an execution to its limits from now on, and to the budgets that it counts for."""
        self._accounts[execution.number] = Account.of(execution, reins, self._rules)

    def close(self, number: int) -> None:
        self._accounts.pop(number, None)

    def note_progress(self, number: int) -> None:
        """The execution has come a step further."""
        if account := self._accounts.get(number):
            account.guard.progress()

    async def clear(
        self, number: int, targets: Sequence[Target], format: WireFormat, asked: Mapping[str, Any], body: bytes
    ) -> None:
        """Wait for a person who is asked about a run that looks as if it would not end. CallError if it is stopped."""
        if account := self._accounts.get(number):
            await self._guard(account, format, body)

    async def wait(
        self,
        number: int,
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
        until: float,
    ) -> None:
        """Wait for calls that are under way, which may need less than is set aside for them."""
        if account := self._accounts.get(number):
            asks = self._asks(self._purses(account), targets, format, asked, body)
            while purses.must_wait(self._purses(account), asks) and time.monotonic() < until:
                await asyncio.sleep(_LOOK_SECONDS)

    def reserve(
        self,
        number: int,
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
        may_wait: bool = False,
    ) -> _Reservation | None:
        """Set aside what the call may cost at most; CallError 402, and the run is stopped, if there is not so much."""
        account = self._accounts.get(number)
        if account is None:
            return _Reservation(lambda record: self._settle(record, None, (), Spent()))
        asked_purses = self._purses(account)
        asks = self._asks(asked_purses, targets, format, asked, body)
        if may_wait and purses.must_wait(asked_purses, asks):
            return None  # somebody else was quicker to take the room that there was
        got = purses.set_aside(asked_purses, asks)
        if isinstance(got, Lack):
            raise self._refusal(account, got.purse, got.purse.refusal(got.ask, got.measure))
        bound = got.output_tokens
        return _Reservation(lambda record: self._settle(record, account, asked_purses, got.most, bound), bound)

    def refused(self, record: CallRecord) -> None:
        """Keep the record of a call that was not made."""
        self._settle(record, None, (), Spent())

    async def _guard(self, account: Account, format: WireFormat, body: bytes) -> None:
        """Embeddings do not count: the same text is looked up again and again by runs that do well."""
        number = account.execution.number
        suspicion = account.guard.note(body) if format is not WireFormat.EMBEDDINGS else None
        if suspicion is not None or self._pauses.is_paused(number):
            await self._pauses.pause(number, account.reins, suspicion or "")
            account.guard.pardon()

    def _purses(self, account: Account) -> list[Purse]:
        return [account.purse, *(held.purse for held in self._budgets.of(_payer_of(account.execution)))]

    def _is_open(self, number: int) -> bool:
        return number in self._accounts

    def _asks(
        self,
        asked_purses: Sequence[Purse],
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
    ) -> Sequence[Ask]:
        """What the call may use at most: by its own bound on replies, else by each that could be set."""
        estimate = estimate_of(format, asked, body)
        now = datetime.now(UTC)
        prices = [price for target in targets if (price := self._prices.price_of(target, now))]

        def spent_with(reply_tokens: int) -> Spent:
            into, out = estimate.input_tokens, reply_tokens * estimate.replies
            return Spent(max((most(price, into, out) for price in prices), default=0.0), into + out, 1)

        if estimate.reply_tokens is not None:
            return [Ask(spent_with(estimate.reply_tokens))]
        if not purses.hold_output(asked_purses, costs=any(price != FREE for price in prices)):
            return [Ask(spent_with(self._most_output_tokens))]
        return [Ask(spent_with(bound), bound) for bound in bounds_from(self._most_output_tokens)]

    def _refusal(self, account: Account, purse: Purse, sentence: str) -> CallError:
        refuse_haste()
        account.reins.stop(Verdict(sentence, FailureClass.BUDGET))
        for one in self._budgets.of(_payer_of(account.execution)):
            if one.purse is purse:
                self._budgets.tell(one, USED_UP)
        return CallError(402, sentence, "budget_used_up")

    def _settle(
        self,
        record: CallRecord,
        account: Account | None,
        asked: Sequence[Purse],
        reserved: Spent,
        bound: int | None = None,
    ) -> None:
        used = Spent()
        execution: Execution | None = None
        with self._budgets.locked():
            try:
                call = self._priced(record)
                spent = Spent(call.charge.cost or 0.0, used_tokens(call.record), 1 if call.counts else 0)
                execution = self._write(call, spent)
                used = spent
            except WouldWait:  # nothing was done, and all of it follows in a thread
                raise
            except BaseException:
                purses.settle(asked, reserved, used)
                raise
            purses.settle(asked, reserved, used)
        if execution is not None:
            self._on_settled(execution)
        if account is not None:
            with contextlib.suppress(WouldWait):  # the call is settled; the next one warns
                self._warn(account)
                if bound is not None and record.finish_reason in _TOO_LONG:
                    _warn_of_bound(account, record.tokens.output or bound)

    def _priced(self, record: CallRecord) -> KeptCall:
        tokens = record.tokens
        charge = self._prices.charge_for(record.target, record.format, tokens, record.started_at)
        keeps = self._keeps_bodies and bool(record.request or record.reply)
        return KeptCall(record, "", charge, keeps)

    def _write(self, call: KeptCall, spent: Spent) -> Execution | None:
        """Add the call to its execution and to what was spent today, and keep it; None if the execution is gone."""
        number = call.record.number
        with self._storage.write() as unit:
            execution = unit.executions.by_number(number)
            if execution is None:
                return None
            if call.counts:
                unit.executions.add_usage(number, spent.tokens, call.charge.cost)
                unit.spending.add(datetime.now(UTC).date(), _payer_of(execution), spent)
            unit.unstored_calls.add(KeptCall(call.record, execution.agent_id, call.charge, call.has_bodies))
        return execution

    def _warn(self, account: Account) -> None:
        """Warn once, in the run's log, of its own limits, and of each budget, which webhooks are told of, too."""
        if not account.is_warned and account.purse.percent >= account.warn_percent:
            account.is_warned = True
            message = f"{account.purse.percent:.0f} % of what this execution may spend on models is used."
            account.reins.warn(message, {"budget": "execution", "percent": round(account.purse.percent, 2)})
        for held in self._budgets.of(_payer_of(account.execution)):
            state = held.state
            if state.is_warned and self._budgets.tell(held, WARNING):
                message = f"{state.percent:.0f} % of the budget{held.purse.whose} is used."
                account.reins.warn(message, {"budget": held.budget.id, "percent": round(state.percent, 2)})


def _warn_of_bound(account: Account, tokens: int) -> None:
    account.reins.warn(
        f"A model's reply was cut at {tokens:,} tokens: its call names no bound of its own, and a budget holds it. "
        "Name one in the agent's configuration, or raise the budget or ORCHESTRA_BUDGET_OUTPUT_TOKENS.",
        {"outputTokens": tokens},
    )


def _payer_of(execution: Execution) -> Payer:
    return Payer(execution.owner_id, execution.agent_id, execution.schedule_id, execution.key_id)
