"""/health"""

from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from orchestra import __version__
from orchestra.api.deps import ServicesDep
from orchestra.api.schemas import HealthCheckOut, HealthOut

router = APIRouter(tags=["System"])


@router.head("/health", include_in_schema=False)
@router.get(
    "/health",
    response_model=HealthOut,
    responses={503: {"model": HealthOut}},
    summary="How the server is",
    openapi_extra={"security": []},
)
def get_health(services: ServicesDep) -> JSONResponse:
    health = services.health.check()
    checks = {
        name: HealthCheckOut.of(
            status=check.status.value,
            response_time=check.response_ms,
            message=check.message,
            details=dict(check.details) or None,
        )
        for name, check in health.checks.items()
    }
    body = HealthOut(
        status=health.status,
        timestamp=datetime.now(UTC),
        version=__version__,
        uptime=health.uptime_ms,
        checks=checks,
        metrics=dict(health.metrics),
    )
    shown = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return JSONResponse(shown, 503 if health.status == "unhealthy" else 200)
