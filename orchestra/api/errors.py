"""Turns every error into the contract's shape, `{error, message, details}`, in one place."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from orchestra.api.bodies import fault_of_body
from orchestra.domain.text import pointer, storable
from orchestra.errors import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    OrchestraError,
    OutOfRange,
    PreconditionFailed,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

STATUS_OF: dict[type[OrchestraError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    PreconditionFailed: 412,
    RateLimited: 429,
    TooLarge: 413,
    OutOfRange: 416,
    Unavailable: 503,
    OrchestraError: 500,
}
_CODE_OF_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def status_of(error: OrchestraError) -> int:
    """The HTTP status of an error, by the nearest class that has one."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def body_of(error: OrchestraError) -> dict[str, Any]:
    return {"error": error.code, "message": storable(error.message), "details": error.details}


def response_to(error: OrchestraError) -> JSONResponse:
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    if isinstance(error, OutOfRange):
        headers = {"Content-Range": f"bytes */{error.details['sizeBytes']}"}
    return JSONResponse(body_of(error), status, headers)


def install(app: FastAPI) -> None:
    """Let the application answer every error in the contract's shape."""
    app.add_exception_handler(OrchestraError, _on_orchestra_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_orchestra_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OrchestraError)
    return response_to(error)


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(one, request) for one in error.errors()]
    if not faults[0].pointer:
        return response_to(Invalid(faults[0].message, faults))
    return response_to(Invalid(f"The request is not valid: {faults[0].pointer} {faults[0].message}", faults))


def _fault(one: dict[str, Any], request: Request) -> Fault:
    if one["type"] == "json_invalid":
        return Fault("", f"The body is no JSON: {one.get('ctx', {}).get('error', 'it cannot be read')}.")
    if tuple(one["loc"]) == ("body",):
        return fault_of_body(request.headers, is_missing=one["type"] == "missing")
    place: Sequence[str | int] = one["loc"][1:]
    return Fault(storable(pointer(*place)), storable(str(one["msg"])))


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # FastAPI raises it for bodies that are no text, or make the parser give up
        fault = fault_of_body(request.headers, is_unreadable=True)
        return response_to(Invalid(fault.message, [fault]))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods_of(request)) or headers.get("Allow", "")
    allowed = headers.get("Allow") or "see /api/openapi.json"
    messages = {
        404: f"There is nothing at {request.url.path[:200]}.",
        405: f"{request.method} is not possible here. Allowed: {allowed}.",
    }
    code = _CODE_OF_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "internal_error")
    message = storable(messages.get(error.status_code, str(error.detail)))
    return JSONResponse({"error": code, "message": message, "details": {}}, error.status_code, headers)


def _methods_of(request: Request) -> list[str]:
    """All methods of the path that was asked for; the router itself names those of the first route only."""
    every: Sequence[Route] = request.app.state.routes
    routes = [one for one in every if one.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in routes for method in route.methods or ()})


async def nothing_here(request: Request) -> JSONResponse:
    """404 in the contract's shape, for addresses that no mounted application owns."""
    return await _on_http_error(request, HTTPException(404))


async def page_of_error(_: Request, error: Exception) -> PlainTextResponse:
    """An error's sentence alone, for who looks with a browser."""
    assert isinstance(error, OrchestraError)
    return PlainTextResponse(storable(error.message), status_of(error))


async def _on_bug(_: Request, __: Exception) -> JSONResponse:
    message = "Something went wrong in AgentOrchestra. The server's log says more."
    return JSONResponse({"error": "internal_error", "message": message, "details": {}}, 500)
