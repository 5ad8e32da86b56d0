"""The gateway as an application, to be mounted at /llm: the formats of OpenAI and Anthropic, for keys of runs."""

import asyncio
import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from orchestra.domain.model_calls import Target, WireFormat
from orchestra.domain.providers import SCRIPTED_ID
from orchestra.gateway.admission import Admission
from orchestra.gateway.asking import Asker
from orchestra.gateway.calls import Call, Caller
from orchestra.gateway.counting import Count
from orchestra.gateway.errors import BUG, CallError, bad_request, body_of, run_ended
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.observed import Observed
from orchestra.gateway.outlet import Outlet
from orchestra.gateway.ports import Accounts, Directory
from orchestra.gateway.providers import Models
from orchestra.gateway.refusals import Refusals
from orchestra.gateway.requests import Asked, read_request
from orchestra.gateway.scripted_source import ScriptedSource
from orchestra.gateway.upstream import Upstream
from orchestra.gateway.wire.formats import COUNT_TOKENS, FORMATS

_LONG_BODY_BYTES = 100_000
# What a client says to its provider. Its own key is not among it: that is worth nothing there.
_PASSED = frozenset({"anthropic-version", "anthropic-beta", "openai-beta", "idempotency-key"})


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes need."""

    keys: RunKeys
    admission: Admission
    scripted: ScriptedSource
    upstream: Upstream
    refusals: Refusals
    created: int


def create_gateway(
    keys: RunKeys,
    models: Models,
    directory: Directory,
    accounts: Accounts,
    refusals: Refusals | None = None,
    upstream: Upstream | None = None,
) -> Starlette:
    """The application; it asks for a run's key itself. `refusals` hears of calls without an answer, and with one."""
    gateway = Starlette(
        routes=[Mount("/v1", routes=_routes())],
        exception_handlers={CallError: _on_call_error, HTTPException: _on_http_error, Exception: _on_bug},
    )
    gateway.router.redirect_slashes = False
    gateway.state.parts = Parts(
        keys=keys,
        admission=Admission(models, directory, accounts),
        scripted=ScriptedSource(models),
        upstream=upstream or Upstream(),
        refusals=refusals or Refusals(),
        created=int(time.time()),
    )
    return gateway


def _routes() -> list[Route]:
    calls = [
        Route(wire.path, functools.partial(_call, format=format), methods=["POST"]) for format, wire in FORMATS.items()
    ]
    # The clients of 2021 name the model in the address.
    old = [
        Route("/engines/{model:path}" + FORMATS[format].path, functools.partial(_call, format=format), methods=["POST"])
        for format in (WireFormat.CHAT, WireFormat.COMPLETIONS, WireFormat.EMBEDDINGS)
    ]
    messages = FORMATS[WireFormat.MESSAGES].path
    counts = [Route(messages + COUNT_TOKENS, functools.partial(_count, format=WireFormat.MESSAGES), methods=["POST"])]
    models = [Route("/models", _list_models), Route("/models/{model:path}", _get_model)]
    return [*calls, *old, *counts, *models]


async def _call(request: Request, format: WireFormat) -> Response:
    request.state.format = format
    parts, caller = _parts(request), _caller(request)
    asked = await _asked(request, format)
    observed = Observed(caller.number, caller.attempt, asked)
    asker = _asker(request, asked, observed.asking)
    return _Answer(Call(observed, parts.admission, asker, parts.refusals), parts.keys, caller.secret, format)


async def _count(request: Request, format: WireFormat) -> Response:
    request.state.format = format
    parts, caller = _parts(request), _caller(request)
    asked = await _asked(request, format, COUNT_TOKENS)
    count = Count(caller.number, asked, parts.admission, _asker(request, asked, lambda _: None))
    return _Answer(count, parts.keys, caller.secret, format)


async def _asked(request: Request, format: WireFormat, below: str = "") -> Asked:
    body = await _body(request)
    read = functools.partial(read_request, format, body, request.path_params.get("model"), below)
    # A long prompt takes so long to read that others would feel it; a short one less than a thread would cost.
    return read() if len(body) < _LONG_BODY_BYTES else await asyncio.to_thread(read)


def _asker(request: Request, asked: Asked, on_asking: Callable[[Target], None]) -> Asker:
    parts = _parts(request)
    headers = {name: value for name, value in request.headers.items() if name in _PASSED}
    return Asker(
        lambda target: parts.scripted if target.kind == SCRIPTED_ID else parts.upstream, asked, headers, on_asking
    )


class _Answer(Response):
    """A response that is the call itself."""

    def __init__(self, call: Call | Count, keys: RunKeys, secret: str, format: WireFormat) -> None:
        super().__init__()
        self._call = call
        self._keys = keys
        self._secret = secret
        self._format = format

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._call.answer(self._keys, self._secret, receive, Outlet(send, self._format))


async def _list_models(request: Request) -> Response:
    parts, _ = _parts(request), _caller(request)
    names = await asyncio.to_thread(parts.admission.names)
    data = [_model(name, parts.created) for name in names]
    # Anthropic's clients read the same list with other fields.
    ends = {"first_id": names[0], "last_id": names[-1]} if names else {"first_id": None, "last_id": None}
    return JSONResponse({"object": "list", "data": data, "has_more": False, **ends})


async def _get_model(request: Request) -> Response:
    parts, _ = _parts(request), _caller(request)
    name = request.path_params["model"]
    if name not in await asyncio.to_thread(parts.admission.names):
        raise CallError(404, f"There is no model '{name[:100]}'.", "model_not_found", "model")
    return JSONResponse(_model(name, parts.created))


def _model(name: str, created: int) -> Mapping[str, Any]:
    at = datetime.fromtimestamp(created, UTC).isoformat()
    openai = {"id": name, "object": "model", "created": created, "owned_by": "agentorchestra"}
    return {**openai, "type": "model", "display_name": name, "created_at": at}


def _parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


def _caller(request: Request) -> Caller:
    keys, secret = _parts(request).keys, _secret_in(request.headers)
    if not secret:
        raise CallError(401, "Send the run's key as 'Authorization: Bearer ao_…'.", "invalid_api_key")
    number = keys.number_of(secret)
    if number is not None:
        request.state.caller = number
        return Caller(secret, number, keys.attempt_of(number))
    if keys.has_ended(secret):
        raise run_ended()
    raise CallError(401, "This key belongs to no execution that runs.", "invalid_api_key")


def _secret_in(headers: Mapping[str, str]) -> str:
    """The key as OpenAI's clients send it, or Anthropic's, or those of OpenAI on Azure."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret.strip():
        return secret.strip()
    return (headers.get("x-api-key") or headers.get("api-key") or "").strip()


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise bad_request("The client left before it had sent its request.") from error


async def _on_call_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CallError)
    _note(request, error)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(body_of(error, _format_of(request)), error.status, headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path, status = request.url.path[:200], error.status_code
    messages = {404: f"There is nothing at {path}.", 405: f"{request.method} is not possible at {path}."}
    codes = {404: "not_found", 405: "method_not_allowed"}
    refusal = CallError(status, messages.get(status, str(error.detail)), codes.get(status))
    return JSONResponse(body_of(refusal, _format_of(request)), status, error.headers)


async def _on_bug(request: Request, _: Exception) -> Response:
    _note(request, BUG)
    return JSONResponse(body_of(BUG, _format_of(request)), BUG.status)


def too_large(path: str, limit_bytes: int) -> Response:
    """What answers a request at that path of ours whose body is over the limit, in the shape of its format."""
    refusal = CallError(413, f"The request is larger than {limit_bytes:,} bytes. Send less at once.", "too_large")
    of_anthropic = f"{FORMATS[WireFormat.MESSAGES].path}/" in f"{path}/"
    return JSONResponse(body_of(refusal, WireFormat.MESSAGES if of_anthropic else None), refusal.status)


def _format_of(request: Request) -> WireFormat | None:
    return getattr(request.state, "format", None)


def _note(request: Request, error: CallError) -> None:
    number: int | None = getattr(request.state, "caller", None)
    if number is not None:
        _parts(request).refusals.note(number, error)
