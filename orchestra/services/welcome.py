"""Gives a new installation an agent that works at once, offline."""

from orchestra.domain.agents import Agent
from orchestra.domain.configurations import sample_id
from orchestra.domain.identity import Principal
from orchestra.services import Services
from orchestra.services.agents import AgentDraft

_TAG = "sample"


def make_sample_agent(services: Services, principal: Principal) -> Agent | None:
    """An agent made of the first sample that runs with the scripted model; None if no framework brings one."""
    for framework in services.frameworks.list():
        if framework.needs_environment:
            continue
        for sample in framework.samples:
            if sample.script is not None:
                draft = AgentDraft(
                    name=sample.title,
                    framework=framework.id,
                    configuration=sample.configuration,
                    description=sample.description,
                    tags=(_TAG,),
                    configuration_id=sample_id(framework.id, sample.id),
                )
                return services.agents.create(principal, draft)
    return None
