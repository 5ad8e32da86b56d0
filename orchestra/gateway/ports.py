"""What the gateway asks of the rest of the product."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from orchestra.domain.model_calls import CallRecord, Target, WireFormat


class Directory(Protocol):
    """Knows which providers answer for which model. The scripted models are no part of it."""

    def names(self) -> list[str]:
        """The models and aliases that can be asked for. May block."""
        ...

    def resolve(self, number: int, model: str, format: WireFormat) -> Sequence[Target]:
        """Where this execution's call can be answered, the best first, at least one. May block.

        CallError 404 for an unknown model, 403 where it would leave a machine that nothing may leave, 400 where no
        provider of the model speaks the format.
        """
        ...


class Reservation(Protocol):
    """What was set aside for one call."""

    @property
    def most_output_tokens(self) -> int | None:
        """The bound that each reply must be given, since what is set aside is for no more; None: as it was asked."""
        ...

    def settle(self, record: CallRecord) -> None:
        """Put in place of what was reserved what the call used, and keep the record. Once for each call, whatever
        became of it. May block."""
        ...


class Accounts(Protocol):
    """Knows what each execution may still spend."""

    async def clear(
        self, number: int, targets: Sequence[Target], format: WireFormat, asked: Mapping[str, Any], body: bytes
    ) -> None:
        """Wait, before all else, for what holds the call back, such as a person who is asked about the run.

        CallError if it is not to go on.
        """
        ...

    async def wait(
        self,
        number: int,
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
        until: float,
    ) -> None:
        """Wait, before `reserve`, for calls that are under way and may leave room for this one; at most until then, by
        the monotonic clock."""
        ...

    def reserve(
        self,
        number: int,
        targets: Sequence[Target],
        format: WireFormat,
        asked: Mapping[str, Any],
        body: bytes,
        may_wait: bool = False,
    ) -> Reservation | None:
        """Set aside what the call may cost at most; `asked` is the body as read. May block.

        CallError 402 with a sentence if that is more than what is left; None, if it `may_wait`, where others that are
        under way may leave enough.
        """
        ...

    def refused(self, record: CallRecord) -> None:
        """Keep the record of a call that got no reservation, from `reserve` or from the directory. May block."""
        ...
