"""The smallest product around a gateway: no providers, and accounts that price nothing and forget calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestra.domain.model_calls import CallRecord, Target, WireFormat
from orchestra.gateway.errors import CallError


class NoProviders:
    """A directory in which nobody is; the scripted models answer all the same."""

    def names(self) -> list[str]:
        return []

    def resolve(self, number: int, model: str, format: WireFormat) -> Sequence[Target]:
        raise CallError(404, f"There is no model '{model[:100]}'.", "model_not_found", "model")


class PlainAccounts:
    """Sets nothing aside, and tells `on_call` of each call that was admitted."""

    def __init__(self, on_call: Callable[[CallRecord], None]) -> None:
        self.on_call = on_call

    async def clear(
        self, number: int, targets: Sequence[Target], format: WireFormat, asked: Mapping[str, Any], body: bytes
    ) -> None:
        """Nothing holds a call back."""

    async def wait(
        self,
        number: int,
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
        until: float,
    ) -> None:
        """There is room for all."""

    def reserve(
        self,
        number: int,
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
        may_wait: bool = False,
    ) -> "PlainReservation":
        return PlainReservation(self)

    def refused(self, record: CallRecord) -> None:
        pass


@dataclass(frozen=True, slots=True)
class PlainReservation:
    accounts: PlainAccounts
    most_output_tokens: int | None = None

    def settle(self, record: CallRecord) -> None:
        self.accounts.on_call(record)
