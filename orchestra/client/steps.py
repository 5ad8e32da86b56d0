"""The words between a conversation, which decides, and a driver, which acts: steps, and what comes of them.

Named tuples: the classes are made in a sixth of the time of dataclasses, and each command waits until they are made.
"""

from collections.abc import Generator, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")


class Message(NamedTuple):
    """What is sent: `path` from the server's root on, `content` as JSON."""

    method: str
    path: str
    params: Mapping[str, Any]
    content: bytes | None
    headers: Mapping[str, str]


class Send(NamedTuple):
    """Send it, and read the answer whole: Reply or Lost."""

    message: Message


class Pause(NamedTuple):
    seconds: float


class Open(NamedTuple):
    """Open a stream in place of the one that is open: Reply (without its body, if it is one of success) or Lost."""

    message: Message


class Read(NamedTuple):
    """Read the open stream's next event: ServerEvent, Closed or Lost."""


class Emit(NamedTuple):
    """Give the item to who iterates."""

    item: Any


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    content: bytes = b""


class ServerEvent(NamedTuple):
    id: str
    kind: str
    data: str


class Closed(NamedTuple):
    """The server has ended the stream in good order."""


class Lost(NamedTuple):
    """The connection could not be made, or it broke; then the server may have seen what was sent."""

    reason: str
    was_sent: bool


Step: TypeAlias = Send | Pause | Open | Read | Emit
Steps: TypeAlias = Generator[Step, Any, T]
