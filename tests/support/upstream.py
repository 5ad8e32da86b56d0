"""A provider of models on loopback, which speaks OpenAI's and Anthropic's formats and misbehaves when it is told to.

What a model says follows from its name: `words-20` says twenty words, `tool` calls the first tool that it is offered,
`json` says a JSON object, `clock-20` tells the time twenty times in a stream, and any other says back what it was asked
last. `python upstream.py PORT` serves by itself.
"""

import asyncio
import base64
import json
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

OPENAI = {"x-request-id": "req-openai", "openai-version": "2020-10-01", "set-cookie": "secret=1"}


@dataclass(frozen=True)
class Ask:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        return json.loads(self.raw) if self.raw else {}

    @property
    def is_stream(self) -> bool:
        return bool(self.body.get("stream"))


Fault = Callable[[asyncio.StreamWriter, Ask], Awaitable[bool]]
"""Answers instead of the model; whether the connection is kept."""


class Provider:
    """Serves in a thread of its own; `asks` holds what came, `connections` counts who came."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.connections = 0
        self.port = 0
        self._faults: deque[Fault] = deque()
        self._every: Fault | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def misbehave(self, *faults: Fault) -> None:
        """Let the next calls meet these, one each."""
        self._faults.extend(faults)

    def always(self, fault: Fault | None) -> None:
        """Let all calls meet this from now on, or none any more."""
        self._every = fault

    @contextmanager
    def running(self) -> Iterator["Provider"]:
        started, stopped = threading.Event(), asyncio.Event()
        loop = asyncio.new_event_loop()

        async def serve() -> None:
            server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            started.set()
            await stopped.wait()
            server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0)

        thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="provider")
        thread.start()
        started.wait(10)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(stopped.set)
            thread.join(10)
            loop.close()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (ask := await _read(reader)) is not None:
                self.asks.append(ask)
                fault = self._faults.popleft() if self._faults else self._every
                if not await (fault or answer)(writer, ask):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Ask | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Ask(first.split(" ")[1], headers, raw)


# --- how the answers go out


async def whole(writer: asyncio.StreamWriter, body: bytes, status: int = 200, **headers: str) -> bool:
    await head(writer, status, {"content-type": "application/json", "content-length": str(len(body)), **headers})
    writer.write(body)
    await writer.drain()
    return True


async def head(writer: asyncio.StreamWriter, status: int, headers: dict[str, str]) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**OPENAI, **headers}.items())
    writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode())


async def stream_head(writer: asyncio.StreamWriter) -> None:
    await head(writer, 200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"})


async def chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))
    await writer.drain()


async def answer(writer: asyncio.StreamWriter, ask: Ask) -> bool:
    """As it should be."""
    if ask.path.endswith("/models"):
        return await whole(writer, json.dumps({"object": "list", "data": [{"id": "echo", "object": "model"}]}).encode())
    if not ask.is_stream or ask.path.endswith("/embeddings"):
        return await whole(writer, json.dumps(whole_answer(ask)).encode())
    await stream_head(writer)
    if str(ask.body["model"]).startswith("clock-"):
        await _tell_time(writer, ask.body)
    for event in events(ask):
        await chunk(writer, event)
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


async def _tell_time(writer: asyncio.StreamWriter, body: Json) -> None:
    """So many events, each of which says when it was sent."""
    for _ in range(int(body["model"].removeprefix("clock-"))):
        await asyncio.sleep(0.002)
        said = {"index": 0, "delta": {"content": f"<{time.time()}>"}, "finish_reason": None}
        made = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
        await chunk(writer, _event({**made, "choices": [said]}))


# --- faults


def refuses(status: int, message: str = "no", **headers: str) -> Fault:
    async def fault(writer: asyncio.StreamWriter, ask: Ask) -> bool:
        body = {"error": {"message": message, "type": "some_error", "param": None, "code": "some_code"}}
        if ask.path.endswith("/messages"):
            body = {"type": "error", "error": {"type": "some_error", "message": message}}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await whole(writer, json.dumps(body).encode(), status, **named)

    return fault


async def hangs_up(writer: asyncio.StreamWriter, ask: Ask) -> bool:
    """Without a word."""
    return False


async def hangs(writer: asyncio.StreamWriter, ask: Ask) -> bool:
    """Takes the call, and says nothing."""
    await asyncio.sleep(60)
    return False


def cut(after_events: int) -> Fault:
    """Breaks off in the middle of an event, and of a chunk."""

    async def fault(writer: asyncio.StreamWriter, ask: Ask) -> bool:
        await stream_head(writer)
        for event in events(ask)[:after_events]:
            await chunk(writer, event)
        torn = events(ask)[after_events]
        writer.write(b"%x\r\n%b" % (len(torn), torn[: len(torn) // 2]))
        await writer.drain()
        return False

    return fault


def ends_early(after_events: int) -> Fault:
    """Ends the body as it should be, but not the answer."""

    async def fault(writer: asyncio.StreamWriter, ask: Ask) -> bool:
        await stream_head(writer)
        for event in events(ask)[:after_events]:
            await chunk(writer, event)
        writer.write(b"0\r\n\r\n")
        return True

    return fault


async def talks_garbage(writer: asyncio.StreamWriter, ask: Ask) -> bool:
    if not ask.is_stream:
        return await whole(writer, b"<html>\xff\x00 not JSON")
    await stream_head(writer)
    for piece in (b"\xff\xfe\x00garbage", b"data: {not json\n\n", b"data: []\n\n", b'data: {"choices": 7}\n\n'):
        await chunk(writer, piece)
    writer.write(b"0\r\n\r\n")
    return True


async def is_no_http(writer: asyncio.StreamWriter, ask: Ask) -> bool:
    writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
    return False


def says(text: str) -> Fault:
    """The model says exactly this, whole or in one piece."""

    async def fault(writer: asyncio.StreamWriter, ask: Ask) -> bool:
        said = Ask(ask.path, ask.headers, json.dumps({**ask.body, "model": "echo", "messages": [_user(text)]}).encode())
        return await answer(writer, said)

    return fault


async def tells_no_usage(writer: asyncio.StreamWriter, ask: Ask) -> bool:
    if not ask.is_stream:
        return await whole(writer, json.dumps({**whole_answer(ask), "usage": None}).encode())
    await stream_head(writer)
    for event in events(ask):
        if b'"usage"' not in event:
            await chunk(writer, event)
    writer.write(b"0\r\n\r\n")
    return True


def drips(seconds: float) -> Fault:
    """One byte at a time."""

    async def fault(writer: asyncio.StreamWriter, ask: Ask) -> bool:
        await stream_head(writer)
        for byte in b"".join(events(ask)):
            await chunk(writer, bytes([byte]))
            await asyncio.sleep(seconds)
        writer.write(b"0\r\n\r\n")
        return True

    return fault


def pauses(after_events: int, seconds: float) -> Fault:
    """Says something, and then nothing for so long."""

    async def fault(writer: asyncio.StreamWriter, ask: Ask) -> bool:
        await stream_head(writer)
        for index, event in enumerate(events(ask)):
            if index == after_events:
                await asyncio.sleep(seconds)
            await chunk(writer, event)
        writer.write(b"0\r\n\r\n")
        return True

    return fault


async def breaks_off_with_an_error(writer: asyncio.StreamWriter, ask: Ask) -> bool:
    await stream_head(writer)
    for event in events(ask)[:2]:
        await chunk(writer, event)
    error = {"type": "error", "error": {"message": "Overloaded", "type": "overloaded_error", "code": None}}
    await chunk(writer, _event(error, "error" if ask.path.endswith(("messages", "responses")) else None))
    writer.write(b"0\r\n\r\n")
    return True


# --- what the models say


def _user(text: str) -> Json:
    return {"role": "user", "content": text}


def said_by(body: Json) -> str:
    model = str(body.get("model", ""))
    if model.startswith("words-"):
        return " ".join(["word"] * int(model.removeprefix("words-")))
    if model == "json":
        return '{"answer": 42}'
    last = body.get("messages") or body.get("input") or body.get("prompt") or "nothing"
    if isinstance(last, list):
        last = last[-1]
    content = last.get("content") if isinstance(last, dict) else last
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content)
    return str(content)


def tool_of(body: Json) -> str | None:
    tools = body.get("tools")
    if body.get("model") != "tool" or not tools:
        return None
    return tools[0].get("name") or tools[0]["function"]["name"]


def whole_answer(ask: Ask) -> Json:
    body = ask.body
    if ask.path.endswith("/embeddings"):
        return _embeddings(body)
    if ask.path.endswith("/messages"):
        return _message(body)
    if ask.path.endswith("/messages/count_tokens"):
        return {"input_tokens": 14}
    if ask.path.endswith("/responses"):
        return _response(body)
    if ask.path.endswith("/chat/completions"):
        return _chat(body)
    choice = {"index": 0, "text": said_by(body), "finish_reason": "stop", "logprobs": None}
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": body["model"], "choices": [choice]} | {
        "usage": USAGE
    }


USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def _chat(body: Json) -> Json:
    message: Json = {"role": "assistant", "content": said_by(body), "refusal": None}
    if name := tool_of(body):
        call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": '{"city": "Bern"}'}}
        message |= {"content": None, "tool_calls": [call]}
    reason = "tool_calls" if tool_of(body) else "stop"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    made = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return {**made, "choices": [choice], "usage": USAGE}


def _embeddings(body: Json) -> Json:
    given = body["input"]
    count = len(given) if isinstance(given, list) and not isinstance(given[0], int) else 1
    vector: Any = [0.5, -0.25, 1.0]
    if body.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack("<3f", *vector)).decode()
    data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(count)]
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


def _message(body: Json) -> Json:
    content: list[Json] = [{"type": "text", "text": said_by(body)}]
    if name := tool_of(body):
        content = [{"type": "tool_use", "id": "toolu_1", "name": name, "input": {"city": "Bern"}}]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": "tool_use" if tool_of(body) else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 8,
            "cache_read_input_tokens": 3,
            "cache_creation_input_tokens": 2,
            "output_tokens": 7,
        },
    }


def _response(body: Json) -> Json:
    part = {"type": "output_text", "text": said_by(body), "annotations": []}
    item: Json = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]}
    if name := tool_of(body):
        item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": name, "status": "completed"}
        item["arguments"] = '{"city": "Bern"}'
    usage = {
        "input_tokens": 11,
        "input_tokens_details": {"cached_tokens": 3},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 18,
    }
    made = {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": body["model"]}
    asked = {"error": None, "incomplete_details": None, "instructions": None, "metadata": {}, "tools": []}
    return {**made, **asked, "output": [item], "parallel_tool_calls": True, "tool_choice": "auto", "usage": usage}


def events(ask: Ask) -> list[bytes]:
    body = ask.body
    if ask.path.endswith("/messages"):
        return list(_message_events(body))
    if ask.path.endswith("/responses"):
        return list(_response_events(body))
    return list(_choice_events(body, is_chat=ask.path.endswith("/chat/completions")))


def _event(data: Json, name: str | None = None) -> bytes:
    line = f"event: {name}\n" if name else ""
    return f"{line}data: {json.dumps(data)}\n\n".encode()


def _words(body: Json) -> list[str]:
    words = said_by(body).split(" ")
    return [word + " " for word in words[:-1]] + words[-1:]


def _choice_events(body: Json, is_chat: bool) -> Iterator[bytes]:
    kind = "chat.completion.chunk" if is_chat else "text_completion"
    made = {"id": "chatcmpl-1", "object": kind, "created": 1, "model": body["model"]}

    def one(delta: Json, reason: str | None = None) -> bytes:
        says = {"delta": delta} if is_chat else {"text": delta.get("content", ""), "logprobs": None}
        return _event({**made, "choices": [{"index": 0, **says, "finish_reason": reason}]})

    yield one({"role": "assistant", "content": ""})
    if is_chat and (name := tool_of(body)):
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
        yield one({"tool_calls": [call]})
        for piece in ('{"city": ', '"Bern"}'):
            yield one({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        yield one({}, "tool_calls")
    else:
        for word in _words(body):
            yield one({"content": word})
        yield one({}, "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield _event({**made, "choices": [], "usage": USAGE})
    yield b"data: [DONE]\n\n"


def _message_events(body: Json) -> Iterator[bytes]:
    def one(kind: str, **data: Any) -> bytes:
        return _event({"type": kind, **data}, kind)

    start = {**_message(body), "content": [], "stop_reason": None}
    start["usage"] = {**start["usage"], "output_tokens": 1}
    yield one("message_start", message=start)
    if name := tool_of(body):
        block: Json = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
        deltas: list[Json] = [{"type": "input_json_delta", "partial_json": piece} for piece in ('{"city": ', '"Bern"}')]
    else:
        block = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": word} for word in _words(body)]
    yield one("content_block_start", index=0, content_block=block)
    yield one("ping")
    for delta in deltas:
        yield one("content_block_delta", index=0, delta=delta)
    yield one("content_block_stop", index=0)
    end = {"stop_reason": _message(body)["stop_reason"], "stop_sequence": None}
    yield one("message_delta", delta=end, usage={"output_tokens": 7})
    yield one("message_stop")


def _response_events(body: Json) -> Iterator[bytes]:
    numbers = iter(range(1_000_000))

    def one(kind: str, **data: Any) -> bytes:
        return _event({"type": kind, "sequence_number": next(numbers), **data}, kind)

    final = _response(body)
    [item] = final["output"]
    begun = {**final, "status": "in_progress", "output": [], "usage": None}
    place = {"item_id": item["id"], "output_index": 0}
    yield one("response.created", response=begun)
    if item["type"] == "function_call":
        yield one("response.output_item.added", output_index=0, item={**item, "arguments": ""})
        for piece in ('{"city": ', '"Bern"}'):
            yield one("response.function_call_arguments.delta", **place, delta=piece)
        yield one("response.function_call_arguments.done", **place, name=item["name"], arguments=item["arguments"])
    else:
        yield one("response.output_item.added", output_index=0, item={**item, "content": []})
        part = {"type": "output_text", "text": "", "annotations": []}
        yield one("response.content_part.added", **place, content_index=0, part=part)
        for word in _words(body):
            yield one("response.output_text.delta", **place, content_index=0, delta=word, logprobs=[])
        yield one("response.output_text.done", **place, content_index=0, text=said_by(body), logprobs=[])
        yield one("response.content_part.done", **place, content_index=0, part=item["content"][0])
    yield one("response.output_item.done", output_index=0, item=item)
    yield one("response.completed", response=final)


async def _serve(port: int) -> None:
    server = await asyncio.start_server(Provider().handle, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
