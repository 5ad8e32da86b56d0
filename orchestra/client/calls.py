"""What can be asked for, as values: a request, a wait for an end, a list of many pages. Sends nothing itself."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from orchestra.client import answers
from orchestra.client.errors import ApiError, Unreachable
from orchestra.client.fields import encoded
from orchestra.client.patience import CALL_PAUSES, Patience
from orchestra.client.places import Place
from orchestra.client.steps import Emit, Lost, Message, Pause, Reply, Send, Steps

T = TypeVar("T")
PAGE = 100
_PIECE_BYTES = 4_000_000
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 10.0


class Call(ABC, Generic[T]):
    """Something with one answer."""

    @abstractmethod
    def steps(self, place: Place) -> Steps[T]: ...


class Series(ABC, Generic[T]):
    """Something with many answers, one after the other."""

    @abstractmethod
    def steps(self, place: Place) -> Steps[None]: ...


@dataclass(frozen=True)
class Request(Call[T]):
    """One request; `accepted` holds the statuses of failure with which an answer comes all the same."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    accepted: frozenset[int] = frozenset()
    is_deduplicated: bool = False  # the server knows it again when it comes a second time
    pauses: Sequence[float] = CALL_PAUSES
    read: Callable[[Reply | Lost, frozenset[int]], T] = answers.read

    @property
    def is_repeatable(self) -> bool:
        return self.is_deduplicated or self.method in {"GET", "HEAD"}

    @property
    def message(self) -> Message:
        content = None if self.body is None else encoded(self.body)
        headers = {**self.headers, "Content-Type": "application/json"} if content is not None else self.headers
        params = {name: value for name, value in self.params.items() if value is not None}
        return Message(self.method, self.path, params, content, headers)

    def steps(self, place: Place) -> Steps[T]:
        """Send it until there is an answer or no use in trying again."""
        message, patience = self.message, Patience(self.pauses)
        while True:
            outcome = yield Send(message)
            try:
                return self.read(outcome, self.accepted)
            except (ApiError, Unreachable) as failure:
                pause = pause_after(failure, place, patience, self.is_repeatable)
                if pause is None:
                    raise
            yield Pause(pause)


def pause_after(failure: ApiError | Unreachable, place: Place, patience: Patience, is_repeatable: bool) -> float | None:
    """Seconds until the next try, which goes to the server's new place if it has moved; None if there is none."""
    is_gone = isinstance(failure, Unreachable) or failure.status == 401
    has_moved = is_gone and place.can_move and place.look_again()
    return patience.pause_after(failure, is_repeatable=is_repeatable, can_move=place.can_move, has_moved=has_moved)


@dataclass(frozen=True)
class Waiting(Call[T]):
    """Asks the same again until the answer is the wanted one; TimeoutError after so many seconds."""

    request: Request[T]
    is_wanted: Callable[[T], bool]
    timeout_seconds: float | None
    sentence: str
    held_seconds: int = 0  # how long the server is asked to keep a request until the answer is the wanted one

    def steps(self, place: Place) -> Steps[T]:
        began = time.monotonic()
        while True:
            answer = yield from self._asking(time.monotonic() - began).steps(place)
            if self.is_wanted(answer):
                return answer
            waited = time.monotonic() - began
            if self.timeout_seconds is not None and waited >= self.timeout_seconds:
                raise TimeoutError(self.sentence)
            yield Pause(pause_while_waiting(waited, self.timeout_seconds))

    def _asking(self, waited_seconds: float) -> Request[T]:
        left = self.held_seconds if self.timeout_seconds is None else self.timeout_seconds - waited_seconds
        held = int(min(self.held_seconds, left))  # whole seconds, as RFC 7240 has it
        return (
            replace(self.request, headers={**self.request.headers, "Prefer": f"wait={held}"})
            if held > 0
            else self.request
        )


def pause_while_waiting(waited_seconds: float, timeout_seconds: float | None) -> float:
    """A tenth of what was waited already: soon for what is short, and few requests for what takes hours."""
    pause = min(max(waited_seconds / 10, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
    return pause if timeout_seconds is None else min(pause, max(0.0, timeout_seconds - waited_seconds))


@dataclass(frozen=True)
class Listing(Series[T]):
    """All items of a list, or the first `limit`, page after page; `name` is the list's field in the answers."""

    request: Request[Any]
    name: str
    limit: int | None = None

    def steps(self, place: Place) -> Steps[None]:
        left, request = self.limit, self.request if self.limit is None or self.limit > 0 else None
        while request is not None:
            answer = yield from request.steps(place)
            items = _items(answer, self.name)
            for item in items if left is None else items[:left]:
                yield Emit(item)
            left = None if left is None else left - len(items)
            request = request_behind(request, answer, len(items)) if left is None or left > 0 else None


def paged(
    path: str, name: str, limit: int | None, params: Mapping[str, Any] | None = None, largest: int = PAGE
) -> Listing[Any]:
    """A list that comes by pages, each as large as is needed and possible."""
    size = largest if limit is None else max(1, min(limit, largest))
    return Listing(Request("GET", path, {**(params or {}), "limit": size}), name, limit)


def request_behind(request: Request[Any], answer: Mapping[str, Any], items: int) -> Request[Any] | None:
    """The request for the page behind that answer, which had so many items; None if it was the last."""
    pagination = answer.get("pagination", {})
    if pagination.get("page", 0) < pagination.get("pages", 0):
        return replace(request, params={**request.params, "page": pagination["page"] + 1})
    if pagination.get("hasMore") and items:
        return replace(request, params={**request.params, "offset": pagination["offset"] + items})
    return None


@dataclass(frozen=True)
class Pieces(Series[bytes]):
    """A file in pieces, each asked for by itself, so that a connection that breaks costs one of them."""

    request: Request[answers.Piece]

    def steps(self, place: Place) -> Steps[None]:
        done, headers = 0, {}
        while True:
            headers = {**headers, "Range": f"bytes={done}-{done + _PIECE_BYTES - 1}"}
            piece = yield from replace(self.request, headers=headers).steps(place)
            if piece.at != done or not (piece.content or piece.total == done):
                raise Unreachable("The server has sent other bytes than those asked for. Read the file anew.", True)
            yield Emit(piece.content)
            done += len(piece.content)
            if done >= piece.total:
                return
            headers = {"If-Match": piece.tag} if piece.tag else {}


def _items(answer: Any, name: str) -> list[Any]:
    items = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(items, list):
        raise Unreachable(f"The server's answer holds no {name}. Is it AgentOrchestra's address?", was_sent=True)
    return items
