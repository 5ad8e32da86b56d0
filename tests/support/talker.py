"""A provider of models on loopback, whose models say what a test makes of each request: a text, or a call of a tool."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
Said = str | Mapping[str, Any]
"""A text; or `name` and `arguments` of a tool."""
_PIECE = 100_000  # characters of a text that come at once


@contextmanager
def talker(say: Callable[[Json], Said]) -> Iterator[str]:
    """Serve while it is entered; the base address, which ends in /v1. `say` gets each request's body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._send("application/json", json.dumps({"object": "list", "data": [{"id": "m"}]}).encode())

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = say(asked)
            if asked.get("stream"):
                self._send("text/event-stream", _stream(said))
            else:
                self._send("application/json", json.dumps(_whole(said)).encode())

        def _send(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tools_used(asked: Json) -> int:
    """How many results of tools the conversation of a request holds."""
    return sum(message["role"] == "tool" for message in asked["messages"])


_HEAD = {"id": "c", "created": 1, "model": "m"}
_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def _whole(said: Said) -> Json:
    choice = {"index": 0, "message": {"role": "assistant", **_message(said)}, "finish_reason": _reason(said)}
    return {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": _USAGE}


def _stream(said: Said) -> bytes:
    message = _message(said)
    text = message["content"] or ""
    deltas: list[Json] = [{"content": text[i : i + _PIECE]} for i in range(0, len(text), _PIECE)]
    if calls := message.get("tool_calls"):
        deltas.append({"tool_calls": [{"index": 0, **calls[0]}]})
    chunks: list[Json] = [_chunk({"role": "assistant", **one}) for one in deltas]
    chunks.append(_chunk({}, _reason(said)))
    chunks.append({**_HEAD, "object": "chat.completion.chunk", "choices": [], "usage": _USAGE})
    return "".join(f"data: {json.dumps(one)}\n\n" for one in chunks).encode() + b"data: [DONE]\n\n"


def _chunk(delta: Json, reason: str | None = None) -> Json:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return {**_HEAD, "object": "chat.completion.chunk", "choices": choices}


def _message(said: Said) -> Json:
    if isinstance(said, str):
        return {"content": said}
    function = {"name": said["name"], "arguments": json.dumps(said["arguments"])}
    return {"content": None, "tool_calls": [{"id": _next_id(), "type": "function", "function": function}]}


def _reason(said: Said) -> str:
    return "stop" if isinstance(said, str) else "tool_calls"


_ids = iter(range(10**9))


def _next_id() -> str:
    return f"call_{next(_ids)}"
