"""A receiver of webhooks for tests: answers as it is told, and checks signatures with the public library."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


class Receiver:
    """`answers` are the statuses (with headers) of the next requests; 200 when they are used up."""

    def __init__(self) -> None:
        self.secret = ""
        self.answers: list[tuple[int, Mapping[str, str]]] = []
        self.delay = 0.0
        self.requests: list[tuple[Mapping[str, str], bytes]] = []
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(receiver.delay)
                status, headers = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"well")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/in"

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str]]:
        with self._lock:
            self.requests.append((headers, body))
            return self.answers.pop(0) if self.answers else (200, {})

    def messages(self) -> list[dict[str, Any]]:
        """Every message received, each with a signature that the public library accepts."""
        return [Webhook(self.secret).verify(body, dict(headers)) for headers, body in list(self.requests)]

    def wait(self, count: int, event: str | None = None, seconds: float = 30) -> list[dict[str, Any]]:
        """The messages (of one event only) as soon as there are so many."""
        deadline = time.monotonic() + seconds
        while True:
            found = [one for one in self.messages() if event in {None, one["type"]}]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{len(found)} of {count}: {found}"
            time.sleep(0.02)

    def wait_for(self, event: str, fits: Callable[[dict[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
        """The first message of this event whose data fits, whatever else comes."""
        deadline = time.monotonic() + seconds
        while True:
            for one in self.messages():
                if one["type"] == event and fits(one["data"]):
                    return one
            assert time.monotonic() < deadline, f"no {event}: {self.messages()}"
            time.sleep(0.02)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.http.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.http.shutdown()
        receiver.http.server_close()
        thread.join()
