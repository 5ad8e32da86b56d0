"""AutoGen as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import AutoGenConfig
from .projects import read_project
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="autogen",
            title="AutoGen",
            description=(
                "Microsoft's AutoGen: one assistant, or a team that takes turns, is selected, hands over, follows a "
                "graph or is led by MagenticOne; also from component JSON, as AutoGen Studio exports it."
            ),
            homepage="https://github.com/microsoft/autogen",
            license="MIT",
            python=">=3.11",
            version="0.7.5",
            config_schema=AutoGenConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            imports=(
                "autogen_agentchat.agents",
                "autogen_agentchat.conditions",
                "autogen_agentchat.teams",
                "autogen_ext.models.openai",
                "autogen_ext.tools.mcp",
            ),
            size_bytes=110_000_000,
            read_project=read_project,
        )
    ]
