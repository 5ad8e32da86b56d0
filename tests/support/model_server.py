"""A provider of models for tests: lists some, answers one call, and refuses who has not its key, in its own words."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-test-0123456789abcdef"
REFUSAL = "Incorrect API key provided"


class ModelServer:
    """`models` are what it lists, None for 404; `refuses` are the statuses and bodies of paths that it refuses."""

    def __init__(self) -> None:
        self.models: list[str] | None = ["embed-small", "talk-small", "talk-large"]
        self.key: str | None = KEY
        self.refuses: dict[str, tuple[int, bytes]] = {}
        self.asked: list[tuple[str, str, Mapping[str, str], Any]] = []
        """Method, path, headers in lower case, and body of each request."""
        self.contexts: dict[str, int] = {}
        self.largest_context = 1_000_000
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer("GET")

            def do_POST(self) -> None:
                self.answer("POST")

            def answer(self, method: str) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.asked.append((method, self.path, headers, body))
                status, said = server.answer_to(self.path.partition("?")[0], headers, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.url = f"{self.root}/v1"

    def answer_to(self, path: str, headers: Mapping[str, str], body: Any) -> tuple[int, bytes]:
        if path in self.refuses:
            return self.refuses[path]
        if self.key and self.key not in "".join(
            headers.get(one, "") for one in ("authorization", "x-api-key", "api-key")
        ):
            given = headers.get("authorization", "none").removeprefix("Bearer ")
            return 401, json.dumps({"error": {"message": f"{REFUSAL}: {given}", "code": "invalid_api_key"}}).encode()
        if path.endswith("/models"):
            if self.models is None:
                return 404, b"not found"
            return 200, json.dumps({"object": "list", "data": [{"id": one} for one in self.models]}).encode()
        if path == "/api/create":
            self.contexts[body["model"]] = body["parameters"]["num_ctx"]
            return 200, b'{"status":"success"}'
        if path == "/api/ps":
            models = [
                {"name": name, "model": name, "context_length": min(context, self.largest_context)}
                for name, context in self.contexts.items()
            ]
            return 200, json.dumps({"models": models}).encode()
        if path.endswith("/messages"):
            return 200, json.dumps({"type": "message", "content": [{"type": "text", "text": "ok"}]}).encode()
        answer: dict[str, Any] = {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}]
        }
        if (context := self.contexts.get(body["model"])) is not None:  # as Ollama, which cuts a prompt without a word
            read = min(len(json.dumps(body["messages"])) // 4, context, self.largest_context)
            answer["usage"] = {"prompt_tokens": read, "completion_tokens": 1, "total_tokens": read + 1}
        return 200, json.dumps(answer).encode()

    def paths(self) -> list[str]:
        return [path for _, path, _, _ in self.asked]


@contextmanager
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    thread = threading.Thread(target=server.http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()
