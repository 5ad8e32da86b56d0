"""/plugins: what they are, and the packages that bring them"""

from sse_starlette import EventSourceResponse

from orchestra.api.deps import AdmissionDep, PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNAVAILABLE, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas_plugins import (
    PackageChangeOut,
    PackageIn,
    PlanOut,
    PluginLogOut,
    PluginsOut,
    PluginWorkOut,
)
from orchestra.api.stream import plugin_stream

router = router_for("Plugins", "/plugins")


@router.get("", summary="List plugins, the broken ones with their errors, and what is being installed")
def list_plugins(services: ServicesDep, principal: PrincipalDep) -> PluginsOut:
    return PluginsOut.of_records(services.plugins.all(principal), services.plugins.work(principal))


@router.post(
    "/plan",
    responses=INVALID | CONFLICT | UNAVAILABLE,
    summary="Find out what installing a package would change, without installing it",
)
def plan_install(services: ServicesDep, principal: PrincipalDep, body: PackageIn) -> PlanOut:
    changes = services.plugins.plan(principal, body.package, upgrade=body.upgrade)
    return PlanOut(changes=[PackageChangeOut.of_change(change) for change in changes])


@router.post(
    "",
    status_code=202,
    responses=INVALID | CONFLICT,
    summary="Begin to install a package; it is loaded when it is there",
)
def install_plugin(services: ServicesDep, principal: PrincipalDep, body: PackageIn) -> PluginWorkOut:
    return PluginWorkOut.of_work(services.plugins.install(principal, body.package, upgrade=body.upgrade))


@router.post("/refresh", summary="Load plugins that were installed meanwhile, and take out those that were removed")
def refresh_plugins(services: ServicesDep, principal: PrincipalDep) -> PluginsOut:
    services.plugins.refresh(principal)
    return PluginsOut.of_records(services.plugins.all(principal), services.plugins.work(principal))


@router.get("/log", summary="Read what the latest install or removal said")
def read_plugin_log(services: ServicesDep, principal: PrincipalDep) -> PluginLogOut:
    return PluginLogOut(log=services.plugins.log(principal))


@router.get(
    "/progress",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    response_class=EventSourceResponse,
    summary="Follow what the latest install or removal says, to its end",
)
async def follow_plugin_work(services: ServicesDep, admission: AdmissionDep) -> EventSourceResponse:
    return plugin_stream(services.plugins.follow(admission.principal, admission))


@router.delete(
    "/{plugin_name}",
    status_code=202,
    responses=UNKNOWN | CONFLICT,
    summary="Begin to remove the package of a plugin; refused while executions need it",
)
def uninstall_plugin(services: ServicesDep, principal: PrincipalDep, plugin_name: str) -> PluginWorkOut:
    return PluginWorkOut.of_work(services.plugins.uninstall(principal, plugin_name))
