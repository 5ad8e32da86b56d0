"""CrewAI as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import CrewAIConfig
from .projects import read_project
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="crewai",
            title="CrewAI",
            description=(
                "Crews of agents with roles and tasks, one after the other or led by a manager, with tools, memory, "
                "planning, guardrails and reviews; also crews and flows of a project of yours."
            ),
            homepage="https://github.com/crewAIInc/crewAI",
            license="MIT",
            python=">=3.11,<3.14",
            version="1.15.30",
            config_schema=CrewAIConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            imports=("crewai", "crewai.mcp.tool_resolver", "crewai.project.crew_loader", "lancedb", "mcp"),
            size_bytes=750_000_000,
            read_project=read_project,
        )
    ]
