"""Asks models through the gateway, by one streamed call of chat/completions each."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from .stopping import check, pause
from .text import beginning

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

MAX_REPLY_CHARACTERS = 200_000
_MAX_LINE_BYTES = 4_000_000
_MAX_ERROR_BYTES = 100_000
_SILENCE_SECONDS = 600.0
_LONGEST_PAUSE_SECONDS = 4.0
_REFUSALS = frozenset({401, 402, 403})
_AWAY = frozenset({502, 503})


class _AwayError(Exception):
    """The gateway cannot be reached just now, or went away in the middle of a reply."""


class Gateway:
    """A client of the run's gateway; a server that restarts meanwhile is waited for."""

    def __init__(self, context: Context, patience_seconds: float = 30.0) -> None:
        self._context = context
        self._patience_seconds = patience_seconds
        self._address = urlsplit(context.gateway_url)
        self._socket: socket.socket | None = None
        context.on_cancel(self._hang_up)

    def ask(self, prompt: str, model: str) -> str:
        """The whole reply; its pieces are shown as they come. Ends the run as failed if there can be none."""
        patience_ends: float | None = None
        pause_seconds = 0.25
        while True:
            check(self._context)
            try:
                return self._try(prompt, model)
            except _AwayError as away:
                now = time.monotonic()
                patience_ends = now + self._patience_seconds if patience_ends is None else patience_ends
                if now + pause_seconds > patience_ends:
                    self._fail(f"The model gateway could not be reached for {self._patience_seconds:g} seconds: {away}")
                self._context.log(f"The model gateway is away ({away}); it is asked again.", level="WARN")
            pause(self._context, pause_seconds)
            pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)

    def _try(self, prompt: str, model: str) -> str:
        connection = self._connection()
        try:
            response = self._post(connection, prompt, model)
            if response.status != http.HTTPStatus.OK:
                self._refused(response)
            return self._read(response)
        except (ConnectionError, http.client.HTTPException) as error:
            check(self._context)  # hanging up looks like this, too
            raise _AwayError(f"{type(error).__name__}: {error}") from error
        except OSError as error:
            self._fail(f"The model gateway could not be asked: {error}.")
        finally:
            self._socket = None
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        secure = self._address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._address.hostname or "", self._address.port, timeout=_SILENCE_SECONDS)

    def _post(self, connection: http.client.HTTPConnection, prompt: str, model: str) -> http.client.HTTPResponse:
        body = {
            "model": model,
            "messages": [{"role": "user", "content": prompt}],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        connection.connect()
        self._socket = connection.sock
        check(self._context)
        headers = {"Authorization": f"Bearer {self._context.gateway_key}", "Content-Type": "application/json"}
        connection.request(
            "POST", self._address.path.rstrip("/") + "/chat/completions", json.dumps(body).encode(), headers
        )
        return connection.getresponse()

    def _read(self, response: http.client.HTTPResponse) -> str:
        pieces: list[str] = []
        length, complete = 0, False
        for chunk in _chunks(response):
            check(self._context)
            if chunk is None:
                return "".join(pieces)
            if "error" in chunk:
                self._fail(f"The model gateway stopped the reply: {_message_of(chunk)}")
            piece, finished = _piece(chunk)
            complete = complete or finished
            if piece:
                self._context.token(piece, name="MiniAGI")
                pieces.append(piece)
                length += len(piece)
            if length > MAX_REPLY_CHARACTERS:
                self._context.log("The model's reply was cut, since it did not end.", level="WARN")
                complete = True
                break
        if not complete:
            raise ConnectionResetError("the reply broke off")
        return "".join(pieces)

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
        """Wake the thread that waits for the model."""
        waiting = self._socket
        if waiting is not None:
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
            chunk = json.loads(value)
        except ValueError as error:
            raise http.client.HTTPException("a part of the reply is not JSON") from error
        if isinstance(chunk, dict):
            yield chunk


def _piece(chunk: dict[str, Any]) -> tuple[str, bool]:
    """The text that a chunk brings, and whether the reply ends with it."""
    choices = chunk.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return "", False
    delta = choice.get("delta")
    text = delta.get("content") if isinstance(delta, dict) else None
    return (text if isinstance(text, str) else ""), bool(choice.get("finish_reason"))


def _message(body: bytes) -> str:
    try:
        return _message_of(json.loads(body))
    except ValueError:
        return beginning(body.decode("utf-8", "replace").strip(), 500) or "it gave no reason."


def _message_of(answer: Any) -> str:
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    message = error.get("message", error) if isinstance(error, dict) else error
    return beginning(str(message), 500)
