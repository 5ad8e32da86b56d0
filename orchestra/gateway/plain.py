"""The smallest product around a gateway: no providers, and accounts that price nothing and forget calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestra.domain.model_calls import CallRecord, Target, WireFormat
from orchestra.gateway.budgets import Budgets
from orchestra.gateway.errors import CallError


class NoProviders:
    """A directory in which nobody is; the scripted models answer all the same."""

    def names(self) -> list[str]:
        return []

    def resolve(self, number: int, model: str, format: WireFormat) -> Sequence[Target]:
        raise CallError(404, f"There is no model '{model[:100]}'.", "model_not_found", "model")


class PlainAccounts:
    """Keeps to budgets in tokens and calls, and tells `on_call` of each call that was admitted."""

    def __init__(self, budgets: Budgets, on_call: Callable[[CallRecord], None]) -> None:
        self.budgets = budgets
        self.on_call = on_call

    async def clear(
        self, number: int, targets: Sequence[Target], format: WireFormat, asked: Mapping[str, Any], body: bytes
    ) -> None:
        """Nothing holds a call back."""

    def reserve(
        self, number: int, targets: Sequence[Target], format: WireFormat, asked: Mapping[str, Any], body: bytes
    ) -> "PlainReservation":
        self.budgets.admit(number)
        return PlainReservation(self)

    def refused(self, record: CallRecord) -> None:
        pass


@dataclass(frozen=True, slots=True)
class PlainReservation:
    accounts: PlainAccounts

    def settle(self, record: CallRecord) -> None:
        tokens = (record.tokens.input or 0) + (record.tokens.output or 0)
        self.accounts.budgets.add(record.number, tokens, None)
        self.accounts.on_call(record)
