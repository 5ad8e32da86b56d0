"""Guests without a worker: a gateway that really listens and plays given replies, and a context that records."""

import contextlib
import json
import re
import string
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import yaml

from orchestra.worker.context import RunFailed
from orchestra.worker.toolbox import tools
from orchestra.worker.toolbox.models import Models
from orchestra.worker.toolbox.processes import Finished, execute

KEY = "run-key-0123456789abcdef"
Answer = str | tuple[int, str] | None  # a reply, a refusal (status and message), or a line cut in the middle


class RecordingContext:
    """What the worker's runtime offers, kept in lists."""

    def __init__(self, folder: Path, gateway_url: str) -> None:
        self.folder = str(folder)
        self.gateway_url = gateway_url
        self.gateway_key = KEY
        self.cancelled = False
        self.logs: list[str] = []
        self.messages: list[SimpleNamespace] = []
        self.tokens: list[str] = []
        self.steps: list[SimpleNamespace] = []
        self.questions: list[str] = []
        self.answers: list[str] = []  # what people will say, in that order
        self._callbacks: list[Callable[[], None]] = []
        self._models: Models | None = None

    def cancel(self) -> None:
        self.cancelled = True
        for callback in self._callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def log(self, message: str, level: str = "INFO", **_: Any) -> None:
        self.logs.append(f"{level} {message}")

    def message(self, text: str, role: str = "assistant", name: str | None = None, **data: Any) -> None:
        self.messages.append(SimpleNamespace(text=text, role=role, name=name, **data))

    def token(self, text: str, name: str | None = None) -> None:
        self.tokens.append(text)

    @contextlib.contextmanager
    def step(self, name: str, type: str = "step", **data: Any) -> Iterator[Any]:
        step = SimpleNamespace(name=name, type=type, **data)
        step.result = lambda **results: step.__dict__.update(results)
        self.steps.append(step)
        yield step

    def chat(self, messages: Any, model: str, name: str | None = None, **parameters: Any) -> str:
        return self.models.chat(messages, model, name, parameters)

    def converse(self, messages: Any, model: str, name: str | None = None, **parameters: Any) -> dict[str, Any]:
        return self.models.converse(messages, model, name, parameters)

    def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        return self.models.embed(texts, model)

    @property
    def models(self) -> Models:
        self._models = self._models or Models(self)  # pyright: ignore[reportArgumentType]
        return self._models

    def execute(
        self, arguments: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None
    ) -> Finished:
        return execute(arguments, self, timeout, environment)  # pyright: ignore[reportArgumentType]

    def tools(self, names: Sequence[str]) -> Sequence[Callable[..., Any]]:
        return tools(self.folder, names)

    def ask(self, question: str, choices: Sequence[str] | None = None) -> str:
        self.questions.append(question)
        answer = self.answers.pop(0)
        assert choices is None or answer in choices
        return answer

    def fail(self, reason: str, failure: str = "framework") -> NoReturn:
        raise RunFailed(reason, failure)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        gateway: Gateway = self.server.gateway  # pyright: ignore[reportAttributeAccessIssue]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        gateway.requests.append({**body, "path": self.path, "authorization": self.headers["Authorization"]})
        self.close_connection = True
        if "input" in body:
            return self._embed(body["input"])
        answer = gateway.answer(body["messages"][-1]["content"])
        with contextlib.suppress(ConnectionError):  # a cancelled run hangs up
            if isinstance(answer, tuple):
                self._refuse(answer[0], answer[1])
            else:
                self._stream(answer)

    def _embed(self, texts: list[str]) -> None:
        """Vectors of two numbers, the last first, since the format leaves the order to `index`."""
        vectors = [{"index": index, "embedding": [len(text), 1]} for index, text in enumerate(texts)]
        self._answer(200, {"data": vectors[::-1]})

    def _refuse(self, status: int, message: str) -> None:
        self._answer(status, {"error": {"message": message}})

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, reply: str | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in re.findall(r"\S+\s*|\s+", "cut off" if reply is None else reply):
            self._send(json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}))
        if reply is not None:
            self._send(json.dumps({"choices": [], "usage": {"total_tokens": 1}}))
            self._send("[DONE]")

    def _send(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())


class Gateway:
    """Speaks chat/completions; `answer` says what to each prompt."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.answer = answer
        self.requests: list[dict[str, Any]] = []
        self._port = 0
        self.open()

    def open(self) -> None:
        """Listen; a second time on the same port."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.gateway = self  # pyright: ignore[reportAttributeAccessIssue]
        self._port = self._server.server_port
        self.url = f"http://127.0.0.1:{self._port}/llm/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def prompts(self) -> list[str]:
        return [request["messages"][-1]["content"] for request in self.requests]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def player(script: Path) -> Callable[[str], str]:
    """Plays a script for the scripted model: the first rule that fits."""
    rules = yaml.safe_load(script.read_text())["rules"]

    def answer(prompt: str) -> str:
        for rule in rules:
            groups = fits(rule["when"], prompt)
            if groups is not None:
                return string.Template(rule["reply"]).substitute(groups)
        raise AssertionError(f"No rule fits: {prompt}")

    return answer


def fits(when: dict[str, Any], prompt: str) -> dict[str, str] | None:
    contains, lacks = ([x] if isinstance(x := when.get(name, []), str) else x for name in ("contains", "lacks"))
    if not all(text in prompt for text in contains) or any(text in prompt for text in lacks):
        return None
    found = re.search(when.get("matches", ""), prompt, re.DOTALL | re.MULTILINE)
    return {name: text or "" for name, text in found.groupdict().items()} if found else None
