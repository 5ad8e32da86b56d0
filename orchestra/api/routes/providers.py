"""/providers and /provider-kinds"""

from typing import Any, cast

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNAVAILABLE, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut
from orchestra.api.schemas_providers import (
    CreateProviderIn,
    ProviderKindsOut,
    ProviderModelsOut,
    ProviderOut,
    ProvidersOut,
    TestIn,
    TestOut,
    UpdateProviderIn,
)
from orchestra.domain.identity import Permission
from orchestra.domain.providers import Provider
from orchestra.services import Services
from orchestra.services.providers import ProviderChanges, ProviderDraft

router = router_for("Models")
_OF_THE_TEST = {"test", "test_model"}


@router.get("/provider-kinds", summary="List the kinds of providers, with what is usual for each")
def list_provider_kinds(principal: PrincipalDep) -> ProviderKindsOut:
    principal.require(Permission.READ)
    return ProviderKindsOut.of_kinds()


@router.get("/providers", summary="List the providers of models")
def list_providers(services: ServicesDep, principal: PrincipalDep) -> ProvidersOut:
    found = services.providers.list(principal)
    return ProvidersOut(providers=[_shown(services, one) for one in found], zero_egress=services.providers.zero_egress)


@router.post(
    "/providers", status_code=201, responses=INVALID | CONFLICT, summary="Add a provider, once it answers a cheap call"
)
def create_provider(services: ServicesDep, principal: PrincipalDep, body: CreateProviderIn) -> ProviderOut:
    made, _ = services.providers.create(principal, _draft(body), test=body.test, test_model=body.test_model)
    return _shown(services, made)


@router.post("/providers/test", responses=INVALID, summary="Make one cheap call to a provider, without keeping it")
def try_provider(services: ServicesDep, principal: PrincipalDep, body: CreateProviderIn) -> TestOut:
    return TestOut.of_probed(services.providers.try_draft(principal, _draft(body), body.test_model))


@router.get("/providers/{provider_id}", responses=UNKNOWN, summary="Get a provider, by id or name")
def get_provider(services: ServicesDep, principal: PrincipalDep, provider_id: str) -> ProviderOut:
    return _shown(services, services.providers.get(principal, provider_id))


@router.put("/providers/{provider_id}", responses=INVALID | UNKNOWN | CONFLICT, summary="Change a provider")
def update_provider(
    services: ServicesDep, principal: PrincipalDep, provider_id: str, body: UpdateProviderIn
) -> ProviderOut:
    values: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set - _OF_THE_TEST}
    changes = cast(ProviderChanges, values)
    changed = services.providers.update(principal, provider_id, changes, test=body.test, test_model=body.test_model)
    return _shown(services, changed)


@router.delete("/providers/{provider_id}", responses=UNKNOWN | CONFLICT, summary="Remove a provider, with its key")
def delete_provider(services: ServicesDep, principal: PrincipalDep, provider_id: str) -> MessageOut:
    services.providers.delete(principal, provider_id)
    return MessageOut(message="The provider was removed, with its key.")


@router.post(
    "/providers/{provider_id}/test", responses=INVALID | UNKNOWN | UNAVAILABLE, summary="Make one cheap call to it"
)
def test_provider(services: ServicesDep, principal: PrincipalDep, provider_id: str, body: TestIn) -> TestOut:
    return TestOut.of_probed(services.providers.test(principal, provider_id, body.model))


@router.get("/providers/{provider_id}/models", responses=UNKNOWN, summary="List the models that it is known to have")
def list_provider_models(services: ServicesDep, principal: PrincipalDep, provider_id: str) -> ProviderModelsOut:
    return ProviderModelsOut.of_provider(services.providers.get(principal, provider_id))


@router.post("/providers/{provider_id}/models", responses=UNKNOWN | UNAVAILABLE, summary="Ask it which models it has")
def refresh_provider_models(services: ServicesDep, principal: PrincipalDep, provider_id: str) -> ProviderModelsOut:
    return ProviderModelsOut.of_provider(services.providers.list_models(principal, provider_id))


def _shown(services: Services, provider: Provider) -> ProviderOut:
    return ProviderOut.of_provider(provider, services.providers.refusal_of(provider))


def _draft(body: CreateProviderIn) -> ProviderDraft:
    return ProviderDraft(
        name=body.name,
        kind=body.kind,
        base_url=body.base_url,
        api_key=body.api_key,
        formats=body.formats,
        api_version=body.api_version,
        timeout_seconds=body.timeout_seconds,
        retries=body.retries,
        context_tokens=body.context_tokens,
        is_active=body.is_active,
        models=body.models or (),
    )
