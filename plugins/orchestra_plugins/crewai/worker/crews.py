"""Makes the crew that a configuration describes."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from crewai import Agent, Crew, Process, Task
from crewai.agent.planning_config import PlanningConfig
from crewai.tasks.llm_guardrail import LLMGuardrail
from crewai.utilities.pydantic_schema_utils import create_model_from_schema

from .mcp import Servers
from .models import llm_of
from .tools import tools_of

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_AS_GIVEN_TO_AGENTS = (
    "role", "goal", "backstory", "allow_delegation", "max_iter", "max_rpm", "max_execution_time", "inject_date",
)  # fmt: skip
_AS_GIVEN_TO_TASKS = (
    "name", "description", "expected_output", "async_execution", "human_input", "output_file", "markdown",
    "guardrail_max_retries",
)  # fmt: skip


def crew_of(configuration: Mapping[str, Any], context: Context, servers: Servers) -> Crew:
    """The crew; ValueError says what cannot be made."""
    shared = servers.tools_of(configuration.get("mcp_servers", ()))
    agents = {_name_of(one): _agent(one, configuration, context, shared) for one in configuration["agents"]}
    if len(agents) < len(configuration["agents"]):
        raise ValueError("two agents have the same name; give each its own.")
    tasks: dict[str, Task] = {}
    for number, one in enumerate(configuration["tasks"], 1):
        name = one.get("name") or f"task {number}"
        if name in tasks:
            raise ValueError(f"two tasks are called '{name}'; give each its own name.")
        tasks[name] = _task({**one, "name": name}, agents, tasks, configuration, context)
    return Crew(
        agents=list(agents.values()),
        tasks=list(tasks.values()),
        max_rpm=configuration.get("max_rpm"),
        **_manager(configuration, context),
        **_planning(configuration, context),
        **_memory(configuration, context),
    )


def _agent(one: Mapping[str, Any], configuration: Mapping[str, Any], context: Context, shared: list[Any]) -> Agent:
    names = [*one.get("tools", ()), *one.get("functions", ())]
    given = {key: one[key] for key in _AS_GIVEN_TO_AGENTS if one.get(key) is not None}
    planning = {"planning_config": PlanningConfig(max_attempts=1)} if one.get("reasoning") else {}
    return Agent(
        **given,
        **planning,
        llm=llm_of(one.get("model") or configuration["model"], configuration, context),
        tools=[*tools_of(names, configuration.get("project", ""), context), *shared],
        max_retry_limit=0,  # what failed for good is told at once; what may pass, the gateway tries again
    )


def _name_of(one: Mapping[str, Any]) -> str:
    return one.get("name") or one["role"]


def _task(
    one: Mapping[str, Any],
    agents: Mapping[str, Agent],
    before: Mapping[str, Task],
    configuration: Mapping[str, Any],
    context: Context,
) -> Task:
    given = {key: one[key] for key in _AS_GIVEN_TO_TASKS if one.get(key) is not None and one[key] != ""}
    return Task(
        **given,
        **_who(one, agents, configuration),
        **_what_it_reads(one, before),
        **_shape(one),
        **_guardrails(one, configuration, context),
    )


def _who(one: Mapping[str, Any], agents: Mapping[str, Agent], configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The task's agent: the named one, or the only one there is; in a hierarchy, the manager finds somebody."""
    if name := one.get("agent"):
        if name not in agents:
            raise ValueError(f"the task '{one['name']}' names the agent '{name}', whom there is not.")
        return {"agent": agents[name]}
    if configuration.get("process") == "hierarchical":
        return {}
    if len(agents) > 1:
        raise ValueError(f"the task '{one['name']}' needs an agent; name one of {', '.join(agents)}.")
    return {"agent": next(iter(agents.values()))}


def _what_it_reads(one: Mapping[str, Any], before: Mapping[str, Task]) -> dict[str, Any]:
    """The results that the task gets; with none named, CrewAI gives it those of all tasks before."""
    names = one.get("context") or ()
    if missing := [name for name in names if name not in before]:
        raise ValueError(f"the task '{one['name']}' reads '{missing[0]}', which is no task before it.")
    return {"context": [before[name] for name in names]} if names else {}


def _shape(one: Mapping[str, Any]) -> dict[str, Any]:
    schema = one.get("output_json")
    return {"output_json": create_model_from_schema({"title": "Output", **schema})} if schema else {}


def _guardrails(one: Mapping[str, Any], configuration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Rules in words, which the crew's model checks, and functions of the project, in this order."""
    project = configuration.get("project", "")
    rules: list[Callable[..., Any]] = [
        LLMGuardrail(description=words, llm=llm_of(configuration["model"], configuration, context))
        for words in one.get("guardrails", ())
    ]
    rules += [context.load(name, project) for name in one.get("guardrail_functions", ())]
    return {"guardrails": rules} if rules else {}


def _manager(configuration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if configuration.get("process") != "hierarchical":
        return {"process": Process.sequential}
    name = configuration.get("manager_model") or configuration["model"]
    return {"process": Process.hierarchical, "manager_llm": llm_of(name, configuration, context)}


def _planning(configuration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if not configuration.get("planning"):
        return {}
    name = configuration.get("planning_model") or configuration["model"]
    return {"planning": True, "planning_llm": llm_of(name, configuration, context)}


def _memory(configuration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Memory in the agent's folder, whose texts are placed by a model of the gateway."""
    if not configuration.get("memory"):
        return {}
    place = {
        "model_name": configuration.get("embedding_model") or configuration["model"],
        "api_key": context.gateway_key,
        "api_base": context.gateway_url,
    }
    return {"memory": True, "embedder": {"provider": "openai", "config": place}}
