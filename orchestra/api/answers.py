"""Gives an answer once more, without making it again, while nothing was written since. Pure ASGI."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestra.domain.identity import Permission, Principal
from orchestra.services.remembered import Remembered

F = TypeVar("F", bound=Callable[..., Any])
_LARGEST_BYTES = 128 * 1024
_MARK = "follows_from"
_ABOUT_A_BODY = frozenset({b"content-length", b"transfer-encoding"})
_ABOUT_THE_TIME = frozenset({b"prefer"})  # an answer that is waited for is another one than that of now
_MAKE_IT_ANOTHER = _ABOUT_A_BODY | _ABOUT_THE_TIME
# Whoever keeps it asks each time whether it still holds: the tag makes that cheap.
_KEEPING = (b"cache-control", b"private, no-cache")


class Source(Enum):
    """What an answer follows from."""

    DATABASE = "database"
    EVENTS = "events and the database"


class Question(NamedTuple):
    """What decides an answer that is repeatable: whose things the asker sees, and what is asked."""

    visible_owner: str | None
    path: str
    query: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    tag: bytes

    async def send(self, scope: Scope, send: Send) -> None:
        """The whole answer, or 304 to somebody who has it."""
        if _has(scope, self.tag):
            about = [header for header in self.headers if header[0] not in {b"content-length", b"content-type"}]
            await send({"type": "http.response.start", "status": 304, "headers": about})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body})


def repeatable(endpoint: F) -> F:
    """Marks a handler whose answer follows from the database, the address and whose things one sees, and nothing else.

    What it answers needs the permission to read, and no more.
    """
    setattr(endpoint, _MARK, Source.DATABASE)
    return endpoint


def repeatable_between_events(endpoint: F) -> F:
    """The same, of an answer that also follows from events of executions, stored or not."""
    setattr(endpoint, _MARK, Source.EVENTS)
    return endpoint


class Answers:
    def __init__(self, app: ASGIApp, remembered: Mapping[Source, Remembered[Question, Answer]]) -> None:
        self._app = app
        self._remembered = remembered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        question = _question_of(scope)
        if question is None:
            await self._app(scope, receive, send)
        elif answer := self._find(question):
            await answer.send(scope, send)
        else:
            await self._ask(question, scope, receive, send)

    def _find(self, question: Question) -> Answer | None:
        found = (remembered.find(question) for remembered in self._remembered.values())
        return next((answer for answer in found if answer is not None), None)

    async def _ask(self, question: Question, scope: Scope, receive: Receive, send: Send) -> None:
        stamps = {source: one.stamp() for source, one in self._remembered.items()}  # before anything is read
        start: Message | None = None
        source: Source | None = None

        async def looked_at(message: Message) -> None:
            nonlocal start, source
            if message["type"] == "http.response.start" and message["status"] == 200:
                source = _source_of(scope)
            if source is None:
                await send(message)
            elif start is None:
                start = message
            else:  # such answers come in one piece
                answer = _answer_of(start, message["body"])
                if len(answer.body) <= _LARGEST_BYTES:
                    self._remembered[source].keep(stamps[source], question, answer)
                await answer.send(scope, send)

        await self._app(scope, receive, looked_at)


def _question_of(scope: Scope) -> Question | None:
    """None for what is not asked again in the same way: changes, bodies, waits, and those who may not read."""
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/"):
        return None
    principal: Principal | None = scope.get("state", {}).get("principal")
    if principal is None or not principal.may(Permission.READ):
        return None
    if any(name in _MAKE_IT_ANOTHER for name, _ in scope["headers"]):
        return None
    return Question(principal.visible_owner, scope["path"], scope["query_string"])


def _source_of(scope: Scope) -> Source | None:
    """What the answer follows from, if it can be given again."""
    return getattr(scope.get("endpoint"), _MARK, None)


def _answer_of(start: Message, body: bytes) -> Answer:
    """The answer with a tag: of its bytes, behind what the handler's own tag says if it gives one."""
    headers = [header for header in start["headers"] if header[0] != b"etag"]
    own = next((value.strip(b'"') + b"." for name, value in start["headers"] if name == b"etag"), b"")
    tag = b'"%b%b"' % (own, hashlib.sha256(body).hexdigest()[:16].encode())
    return Answer((*headers, (b"etag", tag), _KEEPING), body, tag)


def _has(scope: Scope, tag: bytes) -> bool:
    """Whether If-None-Match names the tag."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            named = {one.strip().removeprefix(b"W/") for one in value.split(b",")}
            return tag in named or b"*" in named
    return False
