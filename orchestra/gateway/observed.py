"""Gathers what is known of a call while it goes on, and makes the record of it."""

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orchestra.domain.model_calls import CallRecord, CallStatus, Target, Tokens
from orchestra.domain.text import storable
from orchestra.gateway.requests import Asked
from orchestra.gateway.wire.reading import Reading, characters_of

KEPT_REPLY_BYTES = 16_000_000
_ERROR_CHARACTERS = 2000
_MOST_CHARACTERS_A_TOKEN = 8


@dataclass(slots=True)
class Observed:
    """One call as seen so far."""

    number: int
    attempt: int
    asked: Asked
    target: Target | None = None
    http_status: int = 0
    streamed: bool = False
    was_asked: bool = False
    """A provider may have begun to answer: so it may cost something."""
    reading: Reading = field(default_factory=Reading)
    _reply: bytearray = field(default_factory=bytearray)
    _began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _began: float = field(default_factory=time.perf_counter)
    _first_token_ms: float | None = None

    def asking(self, target: Target) -> None:
        self.target, self.was_asked = target, True

    def replied(self, body: bytes) -> None:
        """This goes to the client; kept up to a limit."""
        self._reply += body[: KEPT_REPLY_BYTES - len(self._reply)]

    def note_first_token(self) -> None:
        if self._first_token_ms is None and self.reading.has_begun:
            self._first_token_ms = self._elapsed_ms()

    def record(self, status: CallStatus, error: str | None = None) -> CallRecord:
        tokens = self._tokens(status)
        return CallRecord(
            id=uuid.uuid4().hex,
            number=self.number,
            attempt=self.attempt,
            format=self.asked.format,
            asked_model=self.asked.model,
            target=None if status is CallStatus.REFUSED else self.target,  # it was not asked
            status=status,
            http_status=self.http_status,
            error=storable(error[:_ERROR_CHARACTERS]) if error else None,
            tokens=tokens,
            started_at=self._began_at,
            latency_ms=self._elapsed_ms(),
            first_token_ms=self._first_token_ms,
            request=self.asked.body,
            reply=bytes(self._reply),
            streamed=self.streamed,
            finish_reason=self.reading.finish_reason,
            tool_calls=self.reading.tool_calls,
            truncated_prompt=self._is_truncated(tokens),
        )

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._began) * 1000

    def _tokens(self, status: CallStatus) -> Tokens:
        if status in {CallStatus.REFUSED, CallStatus.FAILED} or not self.was_asked:
            return Tokens(0, 0)
        said = self.reading
        needs_estimate = said.input is None or said.output is None or not said.is_complete
        return said.tokens(characters_of(self.asked.fields) if needs_estimate else 0)

    def _is_truncated(self, tokens: Tokens) -> bool:
        """Whether the model can have seen only a part of the prompt: it filled the context, or far more was sent."""
        if self.target is None or self.target.context_tokens is None or tokens.estimated or not tokens.input:
            return False
        room = self.target.context_tokens
        if tokens.input >= room:
            return True
        least = characters_of(self.asked.fields) / _MOST_CHARACTERS_A_TOKEN
        return least > room
