"""/models and /model-aliases"""

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut
from orchestra.api.schemas_providers import AliasesOut, AliasIn, AliasOut, ModelOut, ModelsOut
from orchestra.domain.providers import Route

router = router_for("Models")


@router.get("/models", summary="List every name that agents can ask for as a model")
def list_models(services: ServicesDep, principal: PrincipalDep) -> ModelsOut:
    return ModelsOut(models=[ModelOut.of_model(one) for one in services.models.offered(principal)])


@router.get("/model-aliases", summary="List the names that stand for models")
def list_aliases(services: ServicesDep, principal: PrincipalDep) -> AliasesOut:
    providers = services.providers.list(principal)
    return AliasesOut(aliases=[AliasOut.of_alias(one, providers) for one in services.models.aliases(principal)])


# An alias may hold slashes, as names of models do.
@router.get("/model-aliases/{name:path}", responses=UNKNOWN, summary="Get an alias")
def get_alias(services: ServicesDep, principal: PrincipalDep, name: str) -> AliasOut:
    return AliasOut.of_alias(services.models.alias(principal, name), services.providers.list(principal))


@router.put(
    "/model-aliases/{name:path}",
    responses=INVALID | UNKNOWN,  # some characters no address may hold
    summary="Have a name stand for a model, with others to fall back on",
)
def set_alias(services: ServicesDep, principal: PrincipalDep, name: str, body: AliasIn) -> AliasOut:
    routes = [Route(one.provider, one.model) for one in body.routes]
    return AliasOut.of_alias(services.models.set_alias(principal, name, routes), services.providers.list(principal))


@router.delete("/model-aliases/{name:path}", responses=UNKNOWN, summary="Delete an alias")
def delete_alias(services: ServicesDep, principal: PrincipalDep, name: str) -> MessageOut:
    services.models.delete_alias(principal, name)
    return MessageOut(message="The alias was deleted.")
