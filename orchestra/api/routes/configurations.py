"""/configurations"""

from typing import Annotated, cast

from fastapi import Query

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut, PaginationOut
from orchestra.api.schemas_configurations import (
    ConfigurationOut,
    ConfigurationsOut,
    SaveConfigurationIn,
    UpdateConfigurationIn,
)
from orchestra.domain.configurations import ConfigurationChanges
from orchestra.services.configurations import ConfigurationDraft

router = router_for("Configurations", "/configurations")


@router.get("", responses=INVALID, summary="List saved configurations and templates")
def list_configurations(
    services: ServicesDep,
    principal: PrincipalDep,
    framework: str | None = None,
    template: bool | None = None,
    public: Annotated[bool, Query(description="Also those that others share, and the samples of plugins.")] = False,
    search: Annotated[str | None, Query(max_length=200, description="A part of the name or description.")] = None,
    page: Annotated[int, Query(ge=1, le=1_000_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> ConfigurationsOut:
    if framework is not None:
        services.frameworks.get(framework)
    found = services.configurations.list(
        principal, framework=framework, template=template, public=public, search=search, page=page, limit=limit
    )
    configurations = [ConfigurationOut.of_configuration(one) for one in found.items]
    return ConfigurationsOut(configurations=configurations, pagination=PaginationOut.of_page(found))


@router.post("", status_code=201, responses=INVALID, summary="Save a configuration")
def save_configuration(services: ServicesDep, principal: PrincipalDep, body: SaveConfigurationIn) -> ConfigurationOut:
    draft = ConfigurationDraft(
        name=body.name,
        framework=body.framework,
        configuration=body.configuration,
        description=body.description,
        is_template=body.is_template,
        is_public=body.is_public,
    )
    return ConfigurationOut.of_configuration(services.configurations.save(principal, draft))


@router.get("/{configuration_id}", responses=UNKNOWN, summary="Get a configuration")
def get_configuration(services: ServicesDep, principal: PrincipalDep, configuration_id: str) -> ConfigurationOut:
    return ConfigurationOut.of_configuration(services.configurations.get(principal, configuration_id))


@router.put("/{configuration_id}", responses=INVALID | UNKNOWN | CONFLICT, summary="Change a configuration")
def update_configuration(
    services: ServicesDep, principal: PrincipalDep, configuration_id: str, body: UpdateConfigurationIn
) -> ConfigurationOut:
    changes = cast(ConfigurationChanges, {name: getattr(body, name) for name in body.model_fields_set})
    return ConfigurationOut.of_configuration(services.configurations.update(principal, configuration_id, changes))


@router.delete("/{configuration_id}", responses=UNKNOWN | CONFLICT, summary="Delete a configuration")
def delete_configuration(services: ServicesDep, principal: PrincipalDep, configuration_id: str) -> MessageOut:
    services.configurations.delete(principal, configuration_id)
    return MessageOut(message="The configuration was deleted. Agents that were made of it stay as they are.")
