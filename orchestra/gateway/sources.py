"""What all that answers calls has in common, be it a provider or a script."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from orchestra.domain.model_calls import Target
from orchestra.gateway.requests import Asked


class Unanswered(Exception):
    """A provider did not answer, or not to the end: the status that tells it on, and a sentence for a person."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body is under way."""

    status: int
    headers: Mapping[str, str]
    """The names in lower case."""
    chunks: AsyncIterator[bytes]
    """The body as it arrives. Unanswered if it breaks off."""

    @property
    def is_stream(self) -> bool:
        return self.status < 400 and self.headers.get("content-type", "").startswith("text/event-stream")

    async def whole(self, most_bytes: int) -> bytes:
        """The body to its end; Unanswered if it breaks off, or is larger."""
        body = bytearray()
        async for chunk in self.chunks:
            body += chunk
            if len(body) > most_bytes:
                raise Unanswered(502, f"The provider's answer is larger than {most_bytes:,} bytes.")
        return bytes(body)


class Source(Protocol):
    def open(self, target: Target, asked: Asked, headers: Mapping[str, str]) -> AbstractAsyncContextManager[Reply]:
        """Ask the target; Unanswered if nothing comes back. `headers` are those of the client that concern it."""
        ...
