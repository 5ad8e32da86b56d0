"""Accounts whose records hold no secret."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestra.domain.model_calls import CallRecord, Target, WireFormat
from orchestra.gateway.ports import Accounts, Reservation
from orchestra.redactor import Redactor


class RedactedAccounts:
    """Passes all on to other accounts, with every known secret taken out of prompts, replies and errors."""

    def __init__(self, accounts: Accounts, redactor: Redactor) -> None:
        self._accounts = accounts
        self._redactor = redactor

    async def clear(
        self, number: int, targets: Sequence[Target], format: WireFormat, asked: Mapping[str, Any], body: bytes
    ) -> None:
        await self._accounts.clear(number, targets, format, asked, body)

    async def wait(
        self,
        number: int,
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
        until: float,
    ) -> None:
        await self._accounts.wait(number, targets, format, asked, body, until)

    def refused(self, record: CallRecord) -> None:
        self._accounts.refused(self._clean(record))

    def reserve(
        self,
        number: int,
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
        may_wait: bool = False,
    ) -> Reservation | None:
        reservation = self._accounts.reserve(number, targets, format, asked, body, may_wait)
        return _Redacted(reservation, self._clean) if reservation else None

    def _clean(self, record: CallRecord) -> CallRecord:
        clean = self._redactor.bytes
        error = record.error and self._redactor.text(record.error)
        return dataclasses.replace(record, request=clean(record.request), reply=clean(record.reply), error=error)


class _Redacted:
    def __init__(self, reservation: Reservation, clean: Callable[[CallRecord], CallRecord]) -> None:
        self._reservation = reservation
        self._clean = clean

    @property
    def most_output_tokens(self) -> int | None:
        return self._reservation.most_output_tokens

    def settle(self, record: CallRecord) -> None:
        self._reservation.settle(self._clean(record))
