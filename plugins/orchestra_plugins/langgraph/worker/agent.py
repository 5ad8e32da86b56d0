"""Makes an agent by `create_agent` from its configuration."""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware, ModelCallLimitMiddleware, ToolCallLimitMiddleware
from langchain.agents.structured_output import ToolStrategy
from langchain_core.tools import BaseTool, StructuredTool
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient, DefaultHttpxClient

from .rehearsal import transport_for

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_NAME = "agent"


async def agent_of(configuration: Mapping[str, Any], context: Context, stack: contextlib.AsyncExitStack) -> Any:
    """The compiled agent; what it needs is open for as long as the stack is. ValueError says what cannot be used."""
    tools = [_as_tool(one) for one in context.tools(_names(configuration), configuration.get("project", ""))]
    tools += [_sub_agent(one, configuration, context) for one in configuration.get("agents", ())]
    if servers := configuration.get("mcp_servers"):
        from .mcp import tools_of  # a second and a half, for who needs it

        tools += await tools_of(servers, context, stack)
    shape = configuration.get("response_format")
    return create_agent(
        _model(configuration, context),
        tools=tools,
        system_prompt=configuration.get("system_prompt") or None,
        middleware=_middleware(configuration),
        response_format=ToolStrategy(shape) if shape else None,
        name=_NAME,
    )


def _model(configuration: Mapping[str, Any], context: Context, name: str | None = None) -> ChatOpenAI:
    """The gateway's model; usage is asked for, which LangChain leaves out at addresses that it does not know."""
    # On this machine the gateway speaks without TLS, and reading all certificates takes longer than a call.
    is_secure = not context.gateway_url.startswith("http://")
    transport = transport_for(context.gateway_url)
    return ChatOpenAI(
        http_client=DefaultHttpxClient(verify=is_secure, transport=transport),
        http_async_client=DefaultAsyncHttpxClient(verify=is_secure, transport=transport),
        model=name or configuration["model"],
        base_url=context.gateway_url,
        api_key=context.gateway_key,  # pyright: ignore[reportArgumentType] - it takes a text, too
        temperature=configuration.get("temperature"),
        max_tokens=configuration.get("max_tokens"),  # pyright: ignore[reportCallIssue] - an alias
        stream_usage=True,
        use_responses_api=False,
    )


def _middleware(configuration: Mapping[str, Any]) -> list[Any]:
    middleware: list[Any] = [
        ModelCallLimitMiddleware(run_limit=int(configuration.get("model_call_limit", 50)), exit_behavior="error"),
        ToolCallLimitMiddleware(run_limit=int(configuration.get("tool_call_limit", 200))),
    ]
    if names := configuration.get("approve_tools"):
        wanted: dict[str, Any] = {name: {"allowed_decisions": ["approve", "reject"]} for name in names}
        middleware.append(HumanInTheLoopMiddleware(interrupt_on=wanted))
    return middleware


def _names(configuration: Mapping[str, Any]) -> list[str]:
    return [*configuration.get("tools", ()), *configuration.get("functions", ())]


def _as_tool(found: Any) -> BaseTool:
    return found if isinstance(found, BaseTool) else StructuredTool.from_function(**_callable_of(found))


def _callable_of(function: Any) -> dict[str, Any]:
    import inspect

    if not inspect.getdoc(function):
        raise ValueError(f"The function '{getattr(function, '__name__', function)}' needs a docstring: models read it.")
    return {"coroutine" if inspect.iscoroutinefunction(function) else "func": function}


def _sub_agent(one: Mapping[str, Any], configuration: Mapping[str, Any], context: Context) -> BaseTool:
    """Another agent, as a tool of the main one: it gets a task and gives its last word."""
    agent = create_agent(
        _model(configuration, context, one.get("model")),
        tools=[_as_tool(tool) for tool in context.tools(_names(one), configuration.get("project", ""))],
        system_prompt=one.get("system_prompt") or None,
        middleware=_middleware({**configuration, "approve_tools": None}),
        name=one["name"],
    )

    async def hand_over(task: str) -> str:
        ended = await agent.ainvoke({"messages": [{"role": "user", "content": task}]})
        return str(ended["messages"][-1].text)

    return StructuredTool.from_function(coroutine=hand_over, name=one["name"], description=one["description"])
