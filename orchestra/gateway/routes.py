"""The gateway as an application, to be mounted at /llm: OpenAI's chat completions, for the holders of run keys."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from orchestra.gateway.budgets import Budgets
from orchestra.gateway.calls import Call, Caller
from orchestra.gateway.chat import parse_request
from orchestra.gateway.errors import BUG, CallError, bad_request, body_of, run_ended
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.metering import Meter
from orchestra.gateway.providers import Models
from orchestra.gateway.refusals import Refusals

router = APIRouter(prefix="/v1")
_LONG_BODY_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes need."""

    keys: RunKeys
    models: Models
    meter: Meter
    created: int
    refusals: Refusals
    budgets: Budgets


def create_gateway(
    keys: RunKeys, models: Models, meter: Meter, refusals: Refusals | None = None, budgets: Budgets | None = None
) -> FastAPI:
    """The application; it asks for a run's key itself, and `meter` hears of each call's usage, in a thread.

    `refusals` hears of each call that gets no answer, and of each that gets one; `budgets` is asked before each.
    """
    gateway = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    gateway.state.parts = Parts(keys, models, meter, int(time.time()), refusals or Refusals(), budgets or Budgets())
    gateway.add_exception_handler(CallError, _on_call_error)
    gateway.add_exception_handler(HTTPException, _on_http_error)
    gateway.add_exception_handler(Exception, _on_bug)
    gateway.include_router(router)
    return gateway


# Both are async, since FastAPI would spend a thread on each otherwise.
async def _parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


TheParts = Annotated[Parts, Depends(_parts)]


async def _caller(request: Request, parts: TheParts) -> Caller:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise CallError(401, "Send the run's key as 'Authorization: Bearer ao_…'.", "invalid_api_key")
    number = parts.keys.number_of(secret)
    if number is not None:
        request.state.caller = number
        return Caller(secret, number)
    if parts.keys.has_ended(secret):
        raise run_ended()
    raise CallError(401, "This key belongs to no execution that runs.", "invalid_api_key")


TheCaller = Annotated[Caller, Depends(_caller)]


@router.get("/models")
async def list_models(parts: TheParts, _: TheCaller) -> JSONResponse:
    models = [
        {"id": name, "object": "model", "created": parts.created, "owned_by": "agentorchestra"}
        for name in parts.models.names()
    ]
    return JSONResponse({"object": "list", "data": models})


@router.post("/chat/completions")
async def create_chat_completion(request: Request, parts: TheParts, caller: TheCaller) -> Response:
    body = await _body(request)
    # A long prompt takes so long to read that others would feel it; a short one less than a thread would cost.
    asked = parse_request(body) if len(body) < _LONG_BODY_BYTES else await asyncio.to_thread(parse_request, body)
    model = await asyncio.to_thread(parts.models.get, asked.model)
    parts.budgets.admit(caller.number)
    call = Call(caller, asked, model, parts.keys, parts.meter)
    parts.refusals.forget(caller.number)
    if asked.stream:
        return _Stream(call)
    return JSONResponse(await call.whole())


class _Stream(StreamingResponse):
    """Sends a call's answer, and closes the call even if the client leaves while a piece is being sent."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._events: AsyncGenerator[bytes, None] = call.stream()
        super().__init__(self._events, headers={"Cache-Control": "no-cache"}, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._call.close()
            await self._events.aclose()


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise bad_request("The client left before it had sent its request.") from error


async def _on_call_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CallError)
    _note(request, error)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(body_of(error), error.status, headers)


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    path, status = request.url.path[:200], error.status_code
    messages = {404: f"There is nothing at {path}.", 405: f"{request.method} is not possible at {path}."}
    codes = {404: "not_found", 405: "method_not_allowed"}
    refusal = CallError(status, messages.get(status, str(error.detail)), codes.get(status))
    return JSONResponse(body_of(refusal), status, error.headers)


async def _on_bug(request: Request, _: Exception) -> JSONResponse:
    _note(request, BUG)
    return JSONResponse(body_of(BUG), BUG.status)


def _note(request: Request, error: CallError) -> None:
    number: int | None = getattr(request.state, "caller", None)
    if number is not None:
        cast(Parts, request.app.state.parts).refusals.note(number, error)
