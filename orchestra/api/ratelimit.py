"""Refuses who asks too often: by key, by person or by address. Pure ASGI, behind the gatekeeper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from time import time

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestra.api.errors import body_of, status_of
from orchestra.domain.identity import OWN_KEY, Principal
from orchestra.domain.ratelimits import RateLimit
from orchestra.errors import RateLimited

_SIGN_IN = frozenset({"/sign-in", "/api/sessions"})
_UNLIMITED = frozenset({"/api/health", "/api/openapi.json"})


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits in force; None where there is none."""

    general: RateLimit | None
    executions: RateLimit | None
    sign_in: RateLimit | None


@dataclass(frozen=True, slots=True)
class _Standing:
    """How somebody stands with one limit, after this request was counted."""

    limit: int
    remaining: int
    reset_seconds: int
    is_over: bool

    @property
    def headers(self) -> Mapping[str, str]:
        """As in draft-ietf-httpapi-ratelimit-headers-06; Retry-After as in RFC 9110."""
        shown = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        return {**shown, "Retry-After": str(self.reset_seconds)} if self.is_over else shown


class RateLimiter:
    """Counts in memory: a restart forgives, and what is not used any more is forgotten."""

    def __init__(self, app: ASGIApp, limits: RateLimits) -> None:
        self._app = app
        self._items: dict[str, RateLimitItem] = {
            kind: RateLimitItemPerSecond(limit.requests, limit.seconds, namespace=kind)
            for kind in ("general", "executions", "sign_in")
            if (limit := getattr(limits, kind)) is not None
        }
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kinds = kinds_of(scope)
        if not kinds:
            await self._app(scope, receive, send)
            return
        who = asker_of(scope)
        standings = [self._count(self._items[kind], who) for kind in kinds if kind in self._items]
        if not standings:
            await self._app(scope, receive, send)
            return
        tightest = min(standings, key=lambda one: (not one.is_over, one.remaining))
        if tightest.is_over:
            await _refusal(scope, tightest)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(tightest.headers)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _count(self, item: RateLimitItem, who: str) -> _Standing:
        counted = self._limiter.hit(item, who)
        stats = self._limiter.get_window_stats(item, who)
        reset = max(1, ceil(stats.reset_time - time()))
        return _Standing(item.amount, stats.remaining if counted else 0, reset, not counted)


def kinds_of(scope: Scope) -> Sequence[str]:
    """Which limits a request counts against."""
    if scope["type"] != "http":
        return ()
    path, method = scope["path"], scope["method"]
    if path in _SIGN_IN:
        return ("sign_in",) if method == "POST" else ()
    if not path.startswith("/api/") or path in _UNLIMITED or _is_own(scope):
        return ()
    return ("general", "executions") if method == "POST" and starts_executions(path) else ("general",)


def starts_executions(path: str) -> bool:
    """Whether a POST to that path starts an execution."""
    parts = path.removeprefix("/api/").split("/")
    match parts:
        case ["executions"] | ["executions", _, "retry"] | ["schedules", _, "run"] | ["hooks", _]:
            return True
        case _:
            return False


def asker_of(scope: Scope) -> str:
    """The key, else the person, else the address that asks; headers that name another address prove nothing."""
    principal = _principal_of(scope)
    if principal is None or scope["path"] in _SIGN_IN:
        return f"address:{(scope.get('client') or ('unknown',))[0]}"
    return f"key:{principal.key_id}" if principal.key_id else f"user:{principal.user_id}"


def _principal_of(scope: Scope) -> Principal | None:
    return scope.get("state", {}).get("principal")


def _is_own(scope: Scope) -> bool:
    """The command line on the server's own machine: whoever holds that key could as well change the limits."""
    principal = _principal_of(scope)
    return principal is not None and principal.key_id == OWN_KEY


def _refusal(scope: Scope, standing: _Standing) -> Response:
    error = RateLimited(standing.limit, standing.reset_seconds)
    if scope["path"].startswith("/api/"):
        return JSONResponse(body_of(error), status_of(error), dict(standing.headers))
    return PlainTextResponse(error.message, status_of(error), dict(standing.headers))
