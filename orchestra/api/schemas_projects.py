"""The shapes of users' projects, as they are read before anything is made of them."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from orchestra.api.schemas import Shape
from orchestra.domain.frameworks import Framework
from orchestra.domain.projects import FoundAgent, Project
from orchestra.domain.text import storable


class PathIn(Shape):
    path: Annotated[str, Field(min_length=1, max_length=4000, description="An absolute path on the server's machine.")]


class FoundAgentOut(Shape):
    name: str
    kind: str
    description: str
    configuration: dict[str, Any]
    problem: str = ""

    @staticmethod
    def of_agent(agent: FoundAgent) -> "FoundAgentOut":
        return FoundAgentOut.of(
            name=storable(agent.name),
            kind=agent.kind,
            description=storable(agent.description),
            configuration=dict(agent.configuration),
            problem=None if agent.problem is None else storable(agent.problem),
        )


class ProjectOut(Shape):
    framework: str
    title: str
    source: str
    agents: Sequence[FoundAgentOut]
    dependencies: Sequence[str]
    variables: Sequence[str]
    notes: Sequence[str]

    @staticmethod
    def of_project(framework: Framework, project: Project) -> "ProjectOut":
        return ProjectOut(
            framework=framework.id,
            title=framework.title,
            source=project.source,
            agents=[FoundAgentOut.of_agent(agent) for agent in project.agents],
            dependencies=[storable(one) for one in project.dependencies],
            variables=[storable(one) for one in project.variables],
            notes=[storable(one) for one in project.notes],
        )


class ProjectsOut(Shape):
    projects: Sequence[ProjectOut]
