"""Refuses request bodies that are too large, whether they say so or not. Pure ASGI."""

from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestra.api.errors import response_to
from orchestra.errors import TooLarge

Refusal = Callable[[str, int], ASGIApp]
"""What answers a request at a path whose body is over a limit in bytes."""


class BodyLimit:
    """Answers 413 as soon as a body is known to be over the limit, in bytes.

    `elsewhere` are the beginnings of paths below which it is answered in other words than the contract's.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, elsewhere: Mapping[str, Refusal] | None = None) -> None:
        self._app = app
        self._limit = limit_bytes
        self._elsewhere = elsewhere or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > self._limit:
            await self._refusal_at(scope["path"])(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise _OverLimitError
            return message

        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _OverLimitError:
            if not begun:
                await self._refusal_at(scope["path"])(scope, receive, send)

    def _refusal_at(self, path: str) -> ASGIApp:
        for beginning, refusal in self._elsewhere.items():
            if path.startswith(f"{beginning}/"):
                return refusal(path, self._limit)
        return response_to(TooLarge(self._limit))


class _OverLimitError(BaseException):
    """No Exception, so that no handler on the way turns it into an answer of its own."""
