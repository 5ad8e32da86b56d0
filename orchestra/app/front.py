"""Puts everything that answers requests into one ASGI application."""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.applications import Starlette

from orchestra.api.answers import Answer, Answers, Question, Source
from orchestra.api.application import create_api
from orchestra.api.auth import Gatekeeper
from orchestra.api.errors import nothing_here, page_of_error
from orchestra.api.headers import SecurityHeaders
from orchestra.api.limits import BodyLimit
from orchestra.api.ratelimit import RateLimiter, RateLimits
from orchestra.api.sign_in import sign_in_routes
from orchestra.app.ground import Ground
from orchestra.app.life import Life
from orchestra.app.machine import Machine
from orchestra.app.screens import Screens
from orchestra.domain.ratelimits import parse_rate_limit
from orchestra.engine.ingest import Ingest
from orchestra.errors import OrchestraError
from orchestra.gateway.redacted import RedactedAccounts
from orchestra.gateway.routes import create_gateway, too_large
from orchestra.services.remembered import Remembered
from orchestra.settings import Settings
from orchestra_storage.unit import Storage

_MOST_ANSWERS = 200


def front_over(ground: Ground, machine: Machine, life: Life, screens: Screens) -> FastAPI:
    """REST, the gateway and the screens, behind what guards them."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=life.span)
    app.add_route("/api", nothing_here)  # a mount does not cover its own bare path
    app.mount("/api", create_api(life.services))
    app.mount("/llm", _gateway(ground, machine, life))
    app.router.routes.extend(sign_in_routes(life.services.identity))
    app.add_exception_handler(OrchestraError, page_of_error)
    screens(app, life.services)
    _guard(app, ground, life)
    return app


def _gateway(ground: Ground, machine: Machine, life: Life) -> Starlette:
    accounts = RedactedAccounts(ground.books.accounts, ground.redactor)
    return create_gateway(
        machine.keys, ground.models, life.services.directory, accounts, machine.refusals, life.upstream
    )


def _guard(app: FastAPI, ground: Ground, life: Life) -> None:
    """What is added last sees a request first."""
    settings = ground.settings
    app.add_middleware(BodyLimit, limit_bytes=settings.max_body_bytes, elsewhere={"/llm": too_large})
    app.add_middleware(Answers, remembered=_remembered_answers(ground.storage, ground.ingest))
    app.add_middleware(RateLimiter, limits=_limits(settings))
    hosts = [settings.host, *settings.allowed_hosts]
    app.add_middleware(Gatekeeper, admissions=life.services.admissions, allowed_hosts=hosts)
    app.add_middleware(SecurityHeaders)


def _remembered_answers(storage: Storage, ingest: Ingest) -> Mapping[Source, Remembered[Question, Answer]]:
    def stamp_of_all() -> tuple[int, ...] | None:
        stamp = storage.stamp()
        return None if stamp is None else (*stamp, *ingest.edition)

    return {
        Source.DATABASE: Remembered(storage.stamp, _MOST_ANSWERS),
        Source.EVENTS: Remembered(stamp_of_all, _MOST_ANSWERS),
    }


def _limits(settings: Settings) -> RateLimits:
    return RateLimits(
        general=parse_rate_limit(settings.rate_limit),
        executions=parse_rate_limit(settings.execution_rate_limit),
        sign_in=parse_rate_limit(settings.sign_in_rate_limit),
    )
