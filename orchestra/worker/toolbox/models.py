"""Asks models through the gateway, for loops that have no client of their own: one streamed call for each reply."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable, NoReturn, TypeVar, cast
from urllib.parse import urlsplit

from ..adapter import Context
from .replies import Reply
from .stopping import check, pause

PATIENCE_SECONDS = 30.0
MAX_REPLY_CHARACTERS = 200_000
_MAX_LINE_BYTES = 4_000_000
_MAX_EMBEDDINGS_BYTES = 100_000_000
_MAX_ERROR_BYTES = 100_000
_MAX_ERROR_CHARACTERS = 500
_SILENCE_SECONDS = 600.0
_LONGEST_PAUSE_SECONDS = 4.0
_REFUSALS = frozenset({401, 402, 403})
_AWAY = frozenset({502, 503})

Messages = Sequence[Mapping[str, Any]]
_Answer = TypeVar("_Answer")
_Reader = Callable[[http.client.HTTPResponse], _Answer]


class _AwayError(Exception):
    """The gateway cannot be reached just now, or went away in the middle of a reply."""


class Models:
    """A client of the run's gateway; a server that restarts meanwhile is waited for. Any thread may use it."""

    def __init__(self, context: Context, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._context = context
        self._patience_seconds = patience_seconds
        self._address = urlsplit(context.gateway_url)
        self._sockets: set[socket.socket] = set()
        context.on_cancel(self._hang_up)

    def chat(
        self, messages: str | Messages, model: str, name: str | None = None, parameters: Mapping[str, Any] | None = None
    ) -> str:
        """The whole reply; its pieces are shown as they come. Ends the run as failed if there can be none."""
        return str(self.converse(messages, model, name, parameters)["content"])

    def converse(
        self, messages: str | Messages, model: str, name: str | None = None, parameters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The reply as a message: `content`, and `tool_calls` if it calls any."""
        said = [{"role": "user", "content": messages}] if isinstance(messages, str) else list(messages)
        stream = {"stream": True, "stream_options": {"include_usage": True}}
        body = {**(parameters or {}), "model": model, "messages": said, **stream}
        return self._ask("/chat/completions", body, lambda response: self._read_reply(response, name))

    def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """A vector for each text, in their order."""
        body = {"model": model, "input": list(texts), "encoding_format": "float"}
        return self._ask("/embeddings", body, lambda response: self._read_vectors(response, len(texts)))

    def _ask(self, path: str, body: Mapping[str, Any], read: _Reader[_Answer]) -> _Answer:
        patience_ends: float | None = None
        pause_seconds = 0.25
        while True:
            check(self._context)
            try:
                return self._try(path, body, read)
            except _AwayError as away:
                now = time.monotonic()
                patience_ends = now + self._patience_seconds if patience_ends is None else patience_ends
                if now + pause_seconds > patience_ends:
                    self._fail(f"The model gateway could not be reached for {self._patience_seconds:g} seconds: {away}")
                self._context.log(f"The model gateway is away ({away}); it is asked again.", level="WARN")
            pause(self._context, pause_seconds)
            pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)

    def _try(self, path: str, body: Mapping[str, Any], read: _Reader[_Answer]) -> _Answer:
        connection = self._connection()
        try:
            connection.connect()
            self._sockets.add(connection.sock)
            check(self._context)
            response = self._post(connection, path, body)
            if response.status != http.HTTPStatus.OK:
                self._refused(response)
            return read(response)
        except (ConnectionError, http.client.HTTPException) as error:
            check(self._context)  # hanging up looks like this, too
            raise _AwayError(f"{type(error).__name__}: {error}") from error
        except OSError as error:
            self._fail(f"The model gateway could not be asked: {error}.")
        finally:
            self._sockets.discard(connection.sock)
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        secure = self._address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._address.hostname or "", self._address.port, timeout=_SILENCE_SECONDS)

    def _post(
        self, connection: http.client.HTTPConnection, path: str, body: Mapping[str, Any]
    ) -> http.client.HTTPResponse:
        headers = {"Authorization": f"Bearer {self._context.gateway_key}", "Content-Type": "application/json"}
        connection.request("POST", self._address.path.rstrip("/") + path, json.dumps(body).encode(), headers)
        return connection.getresponse()

    def _read_reply(self, response: http.client.HTTPResponse, name: str | None) -> dict[str, Any]:
        reply, complete = Reply(), False
        for chunk in _chunks(response):
            check(self._context)
            if chunk is None:
                return reply.message
            if "error" in chunk:
                self._fail(f"The model gateway stopped the reply: {_message_of(chunk)}")
            piece, finished = reply.add(chunk)
            complete = complete or finished
            if piece:
                self._context.token(piece, name=name)
            if reply.length > MAX_REPLY_CHARACTERS:
                self._context.log("The model's reply was cut, since it did not end.", level="WARN")
                complete = True
                break
        if not complete:
            raise ConnectionResetError("the reply broke off")
        return reply.message

    def _read_vectors(self, response: http.client.HTTPResponse, count: int) -> list[list[float]]:
        try:
            answer = json.loads(response.read(_MAX_EMBEDDINGS_BYTES))
            found = sorted(answer["data"], key=lambda one: one["index"])
            vectors = [[float(number) for number in one["embedding"]] for one in found]
        except (ValueError, TypeError, KeyError) as error:
            self._fail(f"The model gateway's embeddings could not be read: {type(error).__name__}: {error}.")
        if len(vectors) != count:
            self._fail(f"The model gateway gave {len(vectors)} embeddings for {count} texts.")
        return vectors

    def _refused(self, response: http.client.HTTPResponse) -> NoReturn:
        message = _message(response.read(_MAX_ERROR_BYTES))
        if response.status in _AWAY:
            raise _AwayError(f"HTTP {response.status}: {message}")
        verb = "refused the call" if response.status in _REFUSALS else "could not answer"
        self._fail(f"The model gateway {verb} (HTTP {response.status}): {message}")

    def _fail(self, reason: str) -> NoReturn:
        check(self._context)  # a cancelled run's key is dead at once, which is no failure
        self._context.fail(reason)

    def _hang_up(self) -> None:
        """Wake the threads that wait for a model."""
        for waiting in list(self._sockets):
            with contextlib.suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)


def _chunks(response: http.client.HTTPResponse) -> Iterator[dict[str, Any] | None]:
    """The JSON objects of a stream of server-sent events; None for its proper end."""
    while True:
        line = response.readline(_MAX_LINE_BYTES)
        if not line:
            return
        field, _, value = line.partition(b":")
        if field != b"data":
            continue
        if value.strip() == b"[DONE]":
            yield None
            return
        try:
            chunk: Any = json.loads(value)
        except ValueError as error:
            raise http.client.HTTPException("a part of the reply is not JSON") from error
        if isinstance(chunk, dict):
            yield cast("dict[str, Any]", chunk)


def _message(body: bytes) -> str:
    try:
        return _message_of(json.loads(body))
    except ValueError:
        return _beginning(body.decode("utf-8", "replace").strip()) or "it gave no reason."


def _message_of(answer: Any) -> str:
    error: Any = cast("dict[str, Any]", answer).get("error", answer) if isinstance(answer, dict) else answer
    message: Any = cast("dict[str, Any]", error).get("message", error) if isinstance(error, dict) else error
    return _beginning(str(message))


def _beginning(text: str) -> str:
    return text if len(text) <= _MAX_ERROR_CHARACTERS else text[:_MAX_ERROR_CHARACTERS] + " …"
