"""OpenAgents as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import OpenAgentsConfig
from .projects import read_project
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent
_ABSENT = (
    "mcp/__init__.py",
    "mcp/client/__init__.py",
    "mcp/client/sse.py",
    "mcp/client/stdio.py",
    "mcp/client/streamable_http.py",
    "openagents/sdk/transports/grpc.py",
)


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="openagents",
            title="OpenAgents",
            description=(
                "A data agent that answers questions about files by Python and SQL, written anew from the published "
                "description of XLang's OpenAgents; or a network of agents in channels, by openagents.org's library."
            ),
            homepage="https://github.com/xlang-ai/OpenAgents",
            license="Apache-2.0",
            python=">=3.11",
            version="0.9.3.post20",
            config_schema=OpenAgentsConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            second_step=_FOLDER / "second_step.lock",
            environment_files={f"site-packages/{path}": _FOLDER / "absent.py" for path in _ABSENT},
            imports=(
                "matplotlib.pyplot",
                "openpyxl",
                "pandas",
                "openagents.agents.collaborator_agent",
                "openagents.mods.workspace.messaging.adapter",
                "openagents.sdk.network",
                "openai",
            ),
            size_bytes=270_000_000,
            read_project=read_project,
        )
    ]
