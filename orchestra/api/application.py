"""The REST application, to be mounted at /api."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from orchestra import __version__
from orchestra.api import errors
from orchestra.api.cookies import SESSION_COOKIE
from orchestra.api.routes import (
    agents,
    answers,
    artifacts,
    budgets,
    configurations,
    dashboard,
    executions,
    frameworks,
    health,
    hooks,
    model_calls,
    models,
    people,
    plugins,
    prices,
    projects,
    providers,
    queue,
    schedules,
    secrets,
    webhooks,
)
from orchestra.api.stream import Encoder
from orchestra.services import Services

_ROUTES = (  # looked through in this order
    health,
    executions,
    agents,
    answers,
    model_calls,
    artifacts,
    queue,
    configurations,
    frameworks,
    plugins,
    models,
    projects,
    providers,
    schedules,
    webhooks,
    hooks,
    dashboard,
    budgets,
    prices,
    people,
    secrets,
)


def create_api(services: Services) -> FastAPI:
    """All routes over these services; whoever mounts it authenticates first."""
    api = FastAPI(
        title="AgentOrchestra API",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        root_path_in_servers=False,
        license_info={"name": "MIT", "url": "https://opensource.org/licenses/MIT"},
    )
    api.state.services = services
    api.state.encoder = Encoder()
    errors.install(api)
    api.state.routes = [route for module in _ROUTES for route in module.router.routes]
    # Not by include_router, which makes each route once more, at the first request that comes by it.
    api.router.routes.extend(api.state.routes)
    api.openapi = lambda: _document(api)
    return api


def _document(api: FastAPI) -> dict[str, Any]:
    """The API document with the paths as callers see them, although the application is mounted."""
    if api.openapi_schema is None:
        schema = get_openapi(title=api.title, version=api.version, routes=api.routes, license_info=api.license_info)
        schema["paths"] = {"/api" + path: item for path, item in schema["paths"].items()}
        schema["components"]["securitySchemes"] = {
            "ApiKeyAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "ao_[64-char-hex]"},
            "SessionAuth": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
        }
        schema["security"] = [{"ApiKeyAuth": []}, {"SessionAuth": []}]
        api.openapi_schema = _without_422(schema)
    return api.openapi_schema


def _without_422(schema: dict[str, Any]) -> dict[str, Any]:
    """FastAPI documents 422 for validation; we answer 400, and say so at each route."""
    for item in schema["paths"].values():
        for operation in item.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
    return schema
