"""LangGraph as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import LangGraphConfig
from .projects import read_project
from .samples import samples
from .variables import secrets_of

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="langgraph",
            title="LangGraph",
            description=(
                "Agents as graphs: one made here by create_agent, with tools, sub-agents and MCP servers, or any graph "
                "of a project of yours, with its nodes, tokens, tool calls and interrupts live."
            ),
            homepage="https://github.com/langchain-ai/langgraph",
            license="MIT",
            python=">=3.11",
            version="1.2.22",
            config_schema=LangGraphConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            imports=(
                "langchain.agents",
                "langchain_openai",
                "langchain_mcp_adapters.client",
                "langgraph.checkpoint.sqlite.aio",
                "langgraph.runtime",
            ),
            size_bytes=140_000_000,
            read_project=read_project,
            secrets_of=secrets_of,
        )
    ]
