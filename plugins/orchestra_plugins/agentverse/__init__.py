"""AgentVerse as a framework: the server half, which only describes it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import AgentVerseConfig
from .projects import read_project
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent
# Files of AgentVerse's that would need scikit-learn, LangChain or openai 0.27, or that write logs beside the package.
_REPLACED = {
    "agents/simulation_agent/tool.py": "tool_agent.py",
    "environments/simulation_env/rules/selector/pokemon.py": "pokemon_selector.py",
    "environments/tasksolving_env/rules/executor/tool_using.py": "tool_using.py",
    "llms/openai.py": "openai_chat.py",
    "logging.py": "quiet_log.py",
    "memory_manipulator/reflection.py": "reflection.py",
}


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="agentverse",
            title="AgentVerse",
            description=(
                "OpenBMB's AgentVerse: agents that talk to each other in a simulation, or experts who are recruited "
                "for a task, find a solution together, and do it again until an evaluator accepts it."
            ),
            homepage="https://github.com/OpenBMB/AgentVerse",
            license="Apache-2.0",
            python=">=3.11,<3.14",
            version="0.1.8.1",
            config_schema=AgentVerseConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            second_step=_FOLDER / "second_step.lock",
            imports=("agentverse",),
            environment_files=_environment_files(),
            size_bytes=30_000_000,
            read_project=read_project,
        )
    ]


def _environment_files() -> Mapping[str, Path]:
    folder = _FOLDER / "environment"
    return {f"site-packages/agentverse/{theirs}": folder / ours for theirs, ours in _REPLACED.items()}
