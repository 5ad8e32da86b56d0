"""/frameworks, and the /plugins that bring them"""

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas_configurations import (
    FrameworkDetailedOut,
    FrameworkOut,
    FrameworksOut,
    PluginOut,
    PluginsOut,
    SampleOut,
)
from orchestra.domain.configurations import sample_id

router = router_for("Frameworks")


@router.get("/frameworks", summary="List frameworks")
def list_frameworks(services: ServicesDep, principal: PrincipalDep) -> FrameworksOut:
    found = services.frameworks.shown_to(principal)
    return FrameworksOut(frameworks=[FrameworkOut.of_framework(one) for one in found])


@router.get("/frameworks/{framework_id}", responses=UNKNOWN, summary="Get a framework, with its schema and samples")
def get_framework(services: ServicesDep, principal: PrincipalDep, framework_id: str) -> FrameworkDetailedOut:
    one = services.frameworks.find(principal, framework_id)
    samples = [
        SampleOut(
            id=sample.id,
            title=sample.title,
            description=sample.description,
            configuration_id=sample_id(one.id, sample.id),
            configuration=dict(sample.configuration),
            input=dict(sample.input),
        )
        for sample in one.samples
    ]
    schema = dict(services.frameworks.schema(one.id))
    return FrameworkDetailedOut.of_framework(one, config_schema=schema, samples=samples)


@router.get("/plugins", summary="List plugins, the broken ones with their errors")
def list_plugins(services: ServicesDep, principal: PrincipalDep) -> PluginsOut:
    return PluginsOut(plugins=[PluginOut.of_record(record) for record in services.frameworks.plugins(principal)])
