"""The client for programs that wait for each answer."""

import time
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx2

from orchestra.client.api import Api
from orchestra.client.calls import Call, Series
from orchestra.client.groups import Blocking
from orchestra.client.options import EVENT_BYTES, arguments_of, lost_by, options_of, stream_timeout
from orchestra.client.places import DataFolder, Place, folder_or_default
from orchestra.client.steps import Closed, Emit, Lost, Message, Open, Pause, Read, Reply, Send, ServerEvent, Step

T = TypeVar("T")


class Client(Api[Blocking]):
    """All operations of one server; further options are those of httpx2.Client, such as `verify` and `proxy`."""

    def __init__(self, url: str, key: str | None = None, *, timeout_seconds: float = 60, **options: Any) -> None:
        self._begin(Place(url, key), timeout_seconds, options)

    @classmethod
    def local(cls, data_dir: Path | None = None, *, timeout_seconds: float = 60) -> "Client":
        """A client of the server on the data folder (of the settings, if none is named), also after its restarts."""
        client = cls.__new__(cls)
        client._begin(DataFolder(folder_or_default(data_dir)), timeout_seconds, {})
        return client

    def _begin(self, place: Place, timeout_seconds: float, options: dict[str, Any]) -> None:
        self._http = httpx2.Client(**options_of(place, timeout_seconds, options))
        super().__init__(_Driver(self._http, place))

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Driver:
    def __init__(self, http: httpx2.Client, place: Place) -> None:
        self._http = http
        self._place = place

    def run(self, call: Call[T]) -> T:
        steps, outcome = call.steps(self._place), None
        act = _Actor(self._http, self._place).act
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                return end.value
            outcome = act(step)

    def iterate(self, series: Series[T]) -> Generator[T, None, None]:
        steps, outcome = series.steps(self._place), None
        actor = _Actor(self._http, self._place)
        try:
            while True:
                try:
                    step = steps.send(outcome)
                except StopIteration:
                    return
                if isinstance(step, Emit):
                    yield step.item
                    outcome = None
                else:
                    outcome = actor.act(step)
        finally:
            actor.close()


class _Actor:
    """Does the steps of one conversation, which has at most one stream open."""

    def __init__(self, http: httpx2.Client, place: Place) -> None:
        self._http = http
        self._place = place
        self._response: httpx2.Response | None = None
        self._events: Iterator[httpx2.ServerSentEvent] = iter(())

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None

    def act(self, step: Step) -> Any:
        match step:
            case Send(message):
                return self._send(message)
            case Read():
                return self._read()
            case Pause(seconds):
                time.sleep(seconds)
            case Open(message):
                return self._open(message)
            case Emit():
                raise AssertionError("a call with one answer has nothing to emit")

    def _send(self, message: Message) -> Reply | Lost:
        try:
            response = self._http.request(**arguments_of(message, self._place))
        except httpx2.HTTPError as error:
            return lost_by(error)
        return Reply(response.status_code, response.headers, response.content)

    def _open(self, message: Message) -> Reply | Lost:
        self.close()
        arguments = arguments_of(message, self._place)
        try:
            request = self._http.build_request(**arguments, timeout=stream_timeout())
            self._response = self._http.send(request, stream=True)
            content = self._response.read() if self._response.status_code >= 400 else b""
        except httpx2.HTTPError as error:
            return lost_by(error)
        self._events = iter(httpx2.EventSource(self._response, EVENT_BYTES))
        return Reply(self._response.status_code, self._response.headers, content)

    def _read(self) -> ServerEvent | Closed | Lost:
        try:
            event = next(self._events, None)
        except httpx2.HTTPError as error:
            return lost_by(error)
        return Closed() if event is None else ServerEvent(event.id, event.event, event.data)
