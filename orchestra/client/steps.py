"""The words between a conversation, which decides, and a driver, which acts: steps, and what comes of them."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `path` from the server's root on, `content` as JSON."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Send:
    """Send it, and read the answer whole: Reply or Lost."""

    message: Message


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Open:
    """Open a stream in place of the one that is open: Reply (without its body, if it is one of success) or Lost."""

    message: Message


@dataclass(frozen=True, slots=True)
class Read:
    """Read the open stream's next event: ServerEvent, Closed or Lost."""


@dataclass(frozen=True, slots=True)
class Emit:
    """Give the item to who iterates."""

    item: Any


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    id: str
    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The server has ended the stream in good order."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection could not be made, or it broke; then the server may have seen what was sent."""

    reason: str
    was_sent: bool


Step: TypeAlias = Send | Pause | Open | Read | Emit
Steps: TypeAlias = Generator[Step, Any, T]
