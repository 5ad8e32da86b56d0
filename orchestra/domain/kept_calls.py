"""Model calls as they are kept: the record, and what it cost whom."""

from dataclasses import dataclass
from datetime import date

from orchestra.domain.model_calls import CallRecord, CallStatus


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call cost in dollars, None if its price or its tokens are not known, and where the price is from."""

    cost: float | None = None
    source: str | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class KeptCall:
    """One call, in the order of `record.started_at`; its bodies are empty where they are not kept, or not asked for."""

    record: CallRecord
    agent_id: str
    charge: Charge
    has_bodies: bool = True

    @property
    def is_scripted(self) -> bool:
        """Whether the answer came from a script and not from a model."""
        return self.record.target is not None and self.record.target.kind == "scripted"

    @property
    def counts(self) -> bool:
        """Whether it was made at all, and not refused by us."""
        return self.record.status is not CallStatus.REFUSED


def used_tokens(record: CallRecord) -> int:
    """What the call adds to an execution's tokens, as far as it is known."""
    return (record.tokens.input or 0) + (record.tokens.output or 0)
