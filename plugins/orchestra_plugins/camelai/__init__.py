"""CAMEL as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import CamelConfig
from .projects import read_project
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="camelai",
            title="CAMEL",
            description=(
                "CAMEL's societies: one ChatAgent with tools, two agents who play roles, or a Workforce that divides a "
                "task, assigns it and tries again; also societies of a project of yours."
            ),
            homepage="https://github.com/camel-ai/camel",
            license="Apache-2.0",
            python=">=3.11,<3.15",
            version="0.2.90",
            config_schema=CamelConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            second_step=_FOLDER / "second_step.lock",
            imports=(
                "camel.agents",
                "camel.models",
                "camel.societies.workforce",
                "camel.toolkits",
                "mcp.client.streamable_http",
            ),
            size_bytes=110_000_000,
            read_project=read_project,
        )
    ]
