"""Lets a call in: finds who can answer it, and has set aside what it may cost."""

import asyncio
import logging
import time
from collections.abc import Sequence

from orchestra.domain.model_calls import CallStatus, Target
from orchestra.gateway.calls import Admitted
from orchestra.gateway.errors import CallError, NoRoomYet
from orchestra.gateway.observed import Observed
from orchestra.gateway.ports import Accounts, Directory
from orchestra.gateway.providers import Models
from orchestra.gateway.requests import Asked
from orchestra.gateway.scripted_source import scripted_target

log = logging.getLogger(__name__)

_NAMED_MODELS = 30
_LOOK_SECONDS = 0.02
_PATIENCE_SECONDS = 120.0
_UNKNOWN = "model_not_found"


class Admission:
    """The scripted models stand beside those that the directory knows."""

    def __init__(self, models: Models, directory: Directory, accounts: Accounts) -> None:
        self._models = models
        self._directory = directory
        self._accounts = accounts

    def names(self) -> list[str]:
        """Whatever can be asked for as a model, in order. May block."""
        return sorted({*self._models.names(), *self._directory.names()})

    async def admit(self, observed: Observed) -> Admitted:
        """Where the call can be answered; a CallError if nowhere, or if it is not to be."""
        asked = observed.asked
        try:
            await self._accounts.clear(observed.number, asked.format, asked.body)
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while (admitted := await asyncio.to_thread(self._try, observed, time.monotonic() < deadline)) is None:
                await asyncio.sleep(_LOOK_SECONDS)
            return admitted
        except CallError as error:
            await asyncio.to_thread(self._keep_refused, observed, error)
            raise

    def _try(self, observed: Observed, may_wait: bool) -> Admitted | None:
        """None if there may be room for the call when others have ended."""
        asked, number = observed.asked, observed.number
        targets = self._targets(number, asked)
        try:
            reservation = self._accounts.reserve(number, targets, asked.format, asked.fields, asked.body, may_wait)
        except NoRoomYet:
            return None
        return Admitted(targets, reservation)

    def _targets(self, number: int, asked: Asked) -> Sequence[Target]:
        if asked.model in self._models.names():
            self._models.get(asked.model)  # a broken script is told before anything is set aside
            return [scripted_target(asked.model)]
        try:
            return self._directory.resolve(number, asked.model, asked.format)
        except CallError as error:
            raise self._unknown(asked.model) if error.code == _UNKNOWN else error from None

    def _unknown(self, model: str) -> CallError:
        names = self.names()
        known = ", ".join(names[:_NAMED_MODELS]) + (" and others" if len(names) > _NAMED_MODELS else "")
        return CallError(404, f"There is no model '{model[:100]}'. There are: {known}.", _UNKNOWN, "model")

    def _keep_refused(self, observed: Observed, error: CallError) -> None:
        observed.http_status = error.status
        try:
            self._accounts.refused(observed.record(CallStatus.REFUSED, error.message))
        except Exception:  # the caller is told why it was refused, and not this
            log.exception("A refused call could not be written down: execution %d", observed.number)
