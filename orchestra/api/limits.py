"""Refuses request bodies that are too large, whether they say so or not. Pure ASGI."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestra.api.errors import response_to
from orchestra.errors import TooLarge


class BodyLimit:
    """Answers 413 as soon as a body is known to be over the limit, in bytes."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > self._limit:
            await response_to(TooLarge(self._limit))(scope, receive, send)
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
                await response_to(TooLarge(self._limit))(scope, receive, send)


class _OverLimitError(BaseException):
    """No Exception, so that no handler on the way turns it into an answer of its own."""
