"""Follows a stream of server-sent events: without gap or repeat, however often the connection breaks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from orchestra.client import answers
from orchestra.client.calls import Request, Series, pause_after
from orchestra.client.errors import ApiError, Unreachable
from orchestra.client.fields import header_value
from orchestra.client.patience import STREAM_PAUSES, Patience
from orchestra.client.places import Place
from orchestra.client.steps import Closed, Emit, Lost, Message, Open, Pause, Read, ServerEvent, Steps

T = TypeVar("T")
Kind = Literal[
    "status",
    "begin",
    "log",
    "message",
    "token",
    "step_started",
    "step_ended",
    "usage",
    "graph",
    "question",
    "answer",
    "output",
    "end",
]
OTHER_ROLE = "role_changed"  # the reason of `closed` after which the key still opens streams
_DROPPED, _CLOSED = "dropped", "closed"
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event of an execution; `id` is its place, `data` what its kind carries (docs/worker-protocol.md)."""

    id: str
    kind: Kind
    timestamp: str
    level: str | None = None
    message: str = ""
    step: str | None = None
    data: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Flow(Series[T]):
    """A stream; `ending` is what tells whether it may end, once the server has closed it without a last event.

    `parting` says what becomes of what is followed when the server is not found any more.
    """

    request: Request[Any]
    parse: Callable[[ServerEvent], T]
    is_last: Callable[[T], bool]
    last_id: str = ""
    ending: Request[Any] | None = None
    is_over: Callable[[Any], bool] = bool
    parting: str = "The run goes on without it."

    @property
    def is_resumable(self) -> bool:
        """Whether the server can go on where a stream broke off; one that never ends begins anew."""
        return self.ending is not None

    def steps(self, place: Place) -> Steps[None]:
        return _Following(self, place).steps()


class _Following:
    def __init__(self, flow: Flow[Any], place: Place) -> None:
        self._flow = flow
        self._place = place
        self._patience = Patience(STREAM_PAUSES)
        self._last_id = flow.last_id
        self._was_over = False
        self._is_done = False

    def steps(self) -> Steps[None]:
        while not self._is_done:
            try:
                yield from self._read_to_its_end()
            except (ApiError, Unreachable) as failure:
                pause = pause_after(failure, self._place, self._patience, is_repeatable=True)
                if pause is None:
                    raise _given_up(failure, self._flow.parting) from failure
            else:
                pause = _PAUSE_SECONDS
            if not self._is_done:
                yield Pause(pause)

    def _read_to_its_end(self) -> Steps[None]:
        outcome = yield Open(self._message())
        if isinstance(outcome, Lost) or outcome.status >= 400:
            answers.read(outcome)
        while not self._is_done:
            got = yield Read()
            if isinstance(got, Lost):
                raise answers.lost(got)
            if isinstance(got, Closed):
                yield from self._look_whether_over()
                return
            if got.kind == _DROPPED:  # we were too slow for it
                return
            if got.kind == _CLOSED:
                _refuse_unless_welcome(got)
                return
            yield from self._take(got)

    def _message(self) -> Message:
        message = self._flow.request.message
        headers = {"Last-Event-ID": header_value("event's id", self._last_id)} if self._last_id else {}
        return message._replace(headers={**message.headers, **headers})

    def _take(self, got: ServerEvent) -> Steps[None]:
        event = self._flow.parse(got)
        self._patience.renew()
        self._last_id = (got.id or self._last_id) if self._flow.is_resumable else ""
        self._is_done = self._flow.is_last(event)
        yield Emit(event)

    def _look_whether_over(self) -> Steps[None]:
        """A server that stops closes its streams too; only one opened after the end has shown everything."""
        if self._flow.ending is None:
            return
        self._is_done = self._was_over
        if not self._is_done:
            self._was_over = self._flow.is_over((yield from self._flow.ending.steps(self._place)))


def _refuse_unless_welcome(closed: ServerEvent) -> None:
    """ApiError, as to whoever asks with the key that is not valid any more; one with another role may come again."""
    told = data_of(closed)
    reason, message = told.get("reason"), told.get("message")
    if reason != OTHER_ROLE:
        sentence = message if isinstance(message, str) else "The key is not valid any more."
        raise ApiError(401, "unauthorized", sentence, {"reason": reason})


def _given_up(failure: ApiError | Unreachable, parting: str) -> ApiError | Unreachable:
    if isinstance(failure, ApiError):
        return failure
    return Unreachable(f"The connection to the server was lost. {parting}", was_sent=True)


def stream_event(got: ServerEvent) -> StreamEvent:
    """The event of an execution in a server-sent one."""
    told = data_of(got)
    data = told.get("data")
    return StreamEvent(
        id=got.id,
        kind=got.kind,  # type: ignore[arg-type]
        timestamp=str(told.get("timestamp", "")),
        level=told.get("level"),
        message=str(told.get("message", "")),
        step=told.get("step"),
        data=data if isinstance(data, dict) else {},
    )


def data_of(got: ServerEvent) -> dict[str, Any]:
    told = answers.parsed(got.data)
    if not isinstance(told, dict):
        raise Unreachable("The server's stream cannot be read. Is it AgentOrchestra's address?", was_sent=True)
    return told
