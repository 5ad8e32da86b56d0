"""/frameworks with their environments"""

from sse_starlette import EventSourceResponse

from orchestra.api.deps import AdmissionDep, PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut
from orchestra.api.schemas_configurations import SampleOut
from orchestra.api.schemas_environments import (
    DiagnosisOut,
    DiskOut,
    DoctorOut,
    FrameworkDetailedOut,
    FrameworkOut,
    FrameworksOut,
    InstallLogOut,
    RemovedOut,
)
from orchestra.api.stream import framework_stream
from orchestra.domain.configurations import sample_id
from orchestra.domain.environments import EnvironmentFacts
from orchestra.domain.identity import Principal
from orchestra.domain.packages import base_of
from orchestra.services import Services

router = router_for("Frameworks")


@router.get("/frameworks", summary="List frameworks, with their environments and what those take on the disk")
def list_frameworks(services: ServicesDep, principal: PrincipalDep) -> FrameworksOut:
    found = services.frameworks.shown_to(principal)
    facts = services.environments.all_facts(found)
    shown = [FrameworkOut.of_framework(one, facts[one.id]) for one in found]
    return FrameworksOut(frameworks=shown, disk=DiskOut.of_use(services.environments.disk()))


@router.get("/frameworks/doctor", summary="Look whether each environment works and is what its lock says")
def examine_environments(services: ServicesDep, principal: PrincipalDep) -> DoctorOut:
    found = services.environments.doctor(principal)
    return DoctorOut(
        healthy=all(one.healthy for one in found),
        environments=[DiagnosisOut.of_diagnosis(one) for one in found],
        disk=DiskOut.of_use(services.environments.disk()),
    )


@router.delete("/frameworks/unused", summary="Remove the environments that no agent needs")
def remove_unused_environments(services: ServicesDep, principal: PrincipalDep) -> RemovedOut:
    removed = list(services.environments.remove_unused(principal))
    message = f"Environments removed: {len(removed)}." if removed else "There was nothing to remove."
    return RemovedOut(message=message, removed=removed, disk=DiskOut.of_use(services.environments.disk()))


@router.get("/frameworks/{framework_id}", responses=UNKNOWN, summary="Get a framework, with its schema and samples")
def get_framework(services: ServicesDep, principal: PrincipalDep, framework_id: str) -> FrameworkDetailedOut:
    one = services.frameworks.find(principal, framework_id)
    samples = [
        SampleOut(
            id=sample.id,
            title=sample.title,
            description=sample.description,
            configuration_id=sample_id(base_of(one.id), sample.id),
            configuration=dict(sample.configuration),
            input=dict(sample.input),
        )
        for sample in one.samples
    ]
    schema = dict(services.frameworks.schema(base_of(one.id)))
    facts = services.environments.facts(one)
    return FrameworkDetailedOut.of_framework(one, facts, config_schema=schema, samples=samples)


@router.post(
    "/frameworks/{framework_id}/install",
    status_code=202,
    responses=UNKNOWN,
    summary="Begin to install a framework, or join the install that is under way",
)
def install_framework(services: ServicesDep, principal: PrincipalDep, framework_id: str) -> FrameworkOut:
    return _shown(services, principal, services.environments.install(principal, framework_id))


@router.post(
    "/frameworks/{framework_id}/repair",
    status_code=202,
    responses=UNKNOWN,
    summary="Build a framework's environment anew; the one that is there serves meanwhile",
)
def repair_framework(services: ServicesDep, principal: PrincipalDep, framework_id: str) -> FrameworkOut:
    return _shown(services, principal, services.environments.install(principal, framework_id, anew=True))


@router.post("/frameworks/{framework_id}/cancel", responses=UNKNOWN, summary="Break off the install of a framework")
def cancel_install(services: ServicesDep, principal: PrincipalDep, framework_id: str) -> FrameworkOut:
    return _shown(services, principal, services.environments.cancel(principal, framework_id))


@router.delete(
    "/frameworks/{framework_id}/environment",
    responses=UNKNOWN | CONFLICT,
    summary="Remove a framework's environment; refused while executions need it",
)
def remove_environment(services: ServicesDep, principal: PrincipalDep, framework_id: str) -> MessageOut:
    removed = services.environments.remove(principal, framework_id)
    return MessageOut(message="The environment was removed." if removed else "There was nothing to remove.")


@router.get("/frameworks/{framework_id}/log", responses=UNKNOWN, summary="Read what the latest install said")
def read_install_log(services: ServicesDep, principal: PrincipalDep, framework_id: str) -> InstallLogOut:
    return InstallLogOut(log=services.environments.log(principal, framework_id))


@router.get(
    "/frameworks/{framework_id}/progress",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **UNKNOWN},
    response_class=EventSourceResponse,
    summary="Follow the install of a framework to its end",
)
async def follow_install(services: ServicesDep, admission: AdmissionDep, framework_id: str) -> EventSourceResponse:
    framework = services.frameworks.find(admission.principal, framework_id)
    return framework_stream(framework, services.environments.follow(admission, framework_id))


def _shown(services: Services, principal: Principal, facts: EnvironmentFacts) -> FrameworkOut:
    return FrameworkOut.of_framework(services.frameworks.find(principal, facts.framework), facts)
