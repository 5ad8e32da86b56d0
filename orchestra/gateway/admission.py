"""Lets calls in: finds who can answer them, and has set aside what they may cost."""

from collections.abc import Sequence

from orchestra.domain.model_calls import CallRecord, Target
from orchestra.gateway.errors import CallError
from orchestra.gateway.ports import Accounts, Directory, Reservation
from orchestra.gateway.providers import Models
from orchestra.gateway.requests import Asked
from orchestra.gateway.targets import scripted_target

_NAMED_MODELS = 30
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

    def targets(self, number: int, asked: Asked) -> Sequence[Target]:
        """Where the call can be answered, the best first; a CallError if nowhere. May block."""
        if asked.model in self._models.names():
            self._models.get(asked.model)  # a broken script is told before anything is set aside
            return [scripted_target(asked.model)]
        try:
            return self._directory.resolve(number, asked.model, asked.format)
        except CallError as error:
            raise self._unknown(asked.model) if error.code == _UNKNOWN else error from None

    async def clear(self, number: int, targets: Sequence[Target], asked: Asked) -> None:
        """Wait for what holds the call back; a CallError if it is not to go on."""
        await self._accounts.clear(number, targets, asked.format, asked.fields, asked.body)

    async def wait(self, number: int, targets: Sequence[Target], asked: Asked, until: float) -> None:
        """Wait until others leave room for the call, at most until then, by the monotonic clock."""
        await self._accounts.wait(number, targets, asked.format, asked.fields, asked.body, until)

    def reserve(self, number: int, targets: Sequence[Target], asked: Asked, may_wait: bool) -> Reservation | None:
        """Have set aside what the call may cost; a CallError if that is too much. May block.

        None, if it `may_wait`, where others that are under way may leave enough.
        """
        return self._accounts.reserve(number, targets, asked.format, asked.fields, asked.body, may_wait)

    def keep_refused(self, record: CallRecord) -> None:
        """Keep what is known of a call for which nothing was set aside. May block."""
        self._accounts.refused(record)

    def _unknown(self, model: str) -> CallError:
        names = self.names()
        known = ", ".join(names[:_NAMED_MODELS]) + (" and others" if len(names) > _NAMED_MODELS else "")
        return CallError(404, f"There is no model '{model[:100]}'. There are: {known}.", _UNKNOWN, "model")
