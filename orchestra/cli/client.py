"""Reaches the server over REST: the one that runs on the data folder, or a private one for as long as it is needed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import orjson

from orchestra import presence
from orchestra.errors import CannotStart, OrchestraError, Unavailable
from orchestra.settings import Settings

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.05
_RECONNECT_SECONDS = 30.0


class Answered(OrchestraError):
    """The server answered with an error, in its own words."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One server-sent event of an execution's stream."""

    id: str
    kind: str
    data: dict[str, Any]


class Client:
    """Talks to one server; given its data folder, also to the one that takes its place after a restart."""

    def __init__(self, server: presence.Presence, data_dir: Path | None = None) -> None:
        self._server = server
        self._data_dir = data_dir
        self._http = _http_of(server)

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """The answer's JSON; the server's own error as an exception."""
        try:
            response = self._http.request(method, path, **arguments)
            body = response.json()
        except httpx2.HTTPError as error:
            raise Unavailable(f"The server does not answer ({error or type(error).__name__}). Try again.") from error
        except ValueError as error:
            raise Unavailable(f"The server's answer to {path} cannot be read.") from error
        if response.status_code >= 400:
            raise Answered(body.get("message", f"The server answered {response.status_code}."), body.get("details"))
        return body

    def pages(self, path: str, name: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page."""
        page = 1
        while True:
            body = self.call("GET", path, params={**parameters, "page": page, "limit": 100})
            yield from body[name]
            if page >= body["pagination"]["pages"]:
                return
            page += 1

    def stream(self, execution_id: str, last_id: str = "") -> Iterator[StreamEvent]:
        """All events behind `last_id` to the execution's end; a stream that breaks is taken up where it broke."""
        broken_since: float | None = None
        while True:
            dropped = False
            try:
                for event in self._stream_once(execution_id, last_id):
                    dropped = event.kind == "dropped"  # we were too slow for it
                    if dropped:
                        break
                    last_id, broken_since = event.id or last_id, None
                    yield event
            except (httpx2.TransportError, Answered) as error:
                broken_since = broken_since or time.monotonic()
                if not self._find_again() and (isinstance(error, Answered) or _is_over(broken_since)):
                    raise _lost(error) from error
                time.sleep(_POLL_SECONDS * 5)
                continue
            if not dropped:
                return

    def _find_again(self) -> bool:
        """Turn to the server that has taken the place of ours; False if none has."""
        found = presence.find(self._data_dir) if self._data_dir is not None else None
        if found is None or found == self._server:
            return False
        self._http.close()
        self._server, self._http = found, _http_of(found)
        return True

    def _stream_once(self, execution_id: str, last_id: str) -> Iterator[StreamEvent]:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        path = execution_path(execution_id) + "/stream"
        with self._http.stream("GET", path, headers=headers, timeout=httpx2.Timeout(10, read=60)) as response:
            if response.status_code >= 400:
                body = orjson.loads(response.read())
                raise Answered(body["message"], body.get("details"))
            yield from parse_events(response.iter_lines())


def _http_of(server: presence.Presence) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {server.key}"}
    return httpx2.Client(base_url=server.url, headers=headers, timeout=60, trust_env=False)


def _is_over(broken_since: float) -> bool:
    return time.monotonic() - broken_since > _RECONNECT_SECONDS


def _lost(error: Exception) -> OrchestraError:
    if isinstance(error, OrchestraError):
        return error
    return Unavailable("The connection to the server was lost. The run goes on without it.")


def execution_path(execution_id: str) -> str:
    """The address of an execution, whatever somebody typed as its id."""
    return f"/api/executions/{quote(execution_id, safe='') or '-'}"


def parse_events(lines: Iterator[str]) -> Iterator[StreamEvent]:
    """The events in the lines of a text/event-stream (as far as our server uses that format)."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            yield StreamEvent(fields.get("id", ""), fields.get("event", "message"), orjson.loads(fields["data"]))
            fields = {}
        else:
            fields = {}


@contextmanager
def connected(settings: Settings) -> Iterator[Client]:
    """A client of the server on the data folder; if none runs, a private one does until the end of the block."""
    found = presence.find(settings.data_dir)
    private = None if found else _start_private(settings)
    try:
        client = Client(found or _wait_for(settings, private), settings.data_dir)
        try:
            yield client
        finally:
            client.close()
    finally:
        if private is not None:
            _stop(private)


def _start_private(settings: Settings) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "orchestra", "--data-dir", str(settings.data_dir), "serve", "--private"]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _stop(private: "subprocess.Popen[bytes]") -> None:
    private.terminate()
    try:
        private.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        private.kill()


def _wait_for(settings: Settings, private: "subprocess.Popen[bytes] | None") -> presence.Presence:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if found := presence.find(settings.data_dir):
            return found
        if private is not None and private.poll() is not None:
            break
        time.sleep(_POLL_SECONDS)
    raise CannotStart("No server runs on the data folder, and none could be started. Try 'orchestra serve'.")
