"""/dashboard"""

from sse_starlette import EventSourceResponse

from orchestra.api.deps import AdmissionDep, PrincipalDep, ServicesDep
from orchestra.api.refusals import INVALID
from orchestra.api.routing import router_for
from orchestra.api.schemas_dashboard import DashboardOut
from orchestra.api.stream import dashboard_stream
from orchestra.domain.identity import Permission
from orchestra.domain.metrics import Timeframe

router = router_for("Analytics", "/dashboard")


@router.get("/metrics", responses=INVALID, summary="Get dashboard metrics")
def get_metrics(services: ServicesDep, principal: PrincipalDep, timeframe: Timeframe = Timeframe.MONTH) -> DashboardOut:
    return DashboardOut.of_dashboard(services.dashboard.show(principal, timeframe))


@router.get(
    "/real-time",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **INVALID},
    response_class=EventSourceResponse,
    summary="Real-time metrics stream",
)
async def follow_metrics(
    services: ServicesDep, admission: AdmissionDep, timeframe: Timeframe = Timeframe.MONTH
) -> EventSourceResponse:
    admission.principal.require(Permission.READ)
    return dashboard_stream(services.dashboard.follow(admission, timeframe))
