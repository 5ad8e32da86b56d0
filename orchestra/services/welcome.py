"""Gives people agents that work at once, offline: a plugin's samples, with the scripted model."""

from orchestra.domain.agents import Agent
from orchestra.domain.configurations import sample_id
from orchestra.domain.executions import Execution
from orchestra.domain.frameworks import Framework, Sample
from orchestra.domain.identity import Principal
from orchestra.errors import NotFound
from orchestra.services import Services
from orchestra.services.agents import AgentDraft
from orchestra.services.starting import StartRequest

_TAG = "sample"
_LOOKED_AT = 100  # of a framework's newest agents; beyond them, a sample's agent is made once more


def make_sample_agent(services: Services, principal: Principal) -> Agent | None:
    """An agent made of the first sample that runs with the scripted model; None if no framework brings one."""
    for framework in services.frameworks.list():
        if framework.needs_environment:
            continue
        for sample in framework.samples:
            if sample.script is not None:
                return services.agents.create(principal, _draft(framework, sample))
    return None


def try_sample(services: Services, principal: Principal, framework_id: str, sample: str) -> Execution:
    """An execution of a sample, by the agent that is made of it once; its framework is installed first if need be."""
    framework = services.frameworks.get(framework_id)
    found = next((one for one in framework.samples if one.id == sample), None)
    if found is None:
        raise NotFound("sample", sample)
    agent = _made_before(services, principal, framework, found) or services.agents.create(
        principal, _draft(framework, found)
    )
    return services.executions.start(principal, StartRequest(agent.id, input=found.input, installs=True))


def _made_before(services: Services, principal: Principal, framework: Framework, sample: Sample) -> Agent | None:
    """The person's own agent of that sample, unless it was changed since."""
    agents = services.agents.list(principal, framework=framework.id, limit=_LOOKED_AT).items
    draft = _draft(framework, sample)
    for one in agents:
        is_own = one.owner_id == principal.user_id and one.is_active and one.hold is None
        if is_own and one.configuration_id == draft.configuration_id and one.configuration == draft.configuration:
            return one
    return None


def _draft(framework: Framework, sample: Sample) -> AgentDraft:
    return AgentDraft(
        name=sample.title,
        framework=framework.id,
        configuration=sample.configuration,
        description=sample.description,
        tags=(_TAG,),
        configuration_id=sample_id(framework.id, sample.id),
    )
