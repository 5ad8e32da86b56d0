"""What can be configured of an AutoGen agent: an assistant or a team made here, or a component as JSON."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from orchestra.config_fields import LONG, MODEL, BuiltInTools, Functions, MostTokens, Task, Temperature
from orchestra.mcp_fields import McpServers

TeamKind = Literal[
    "AssistantAgent", "RoundRobinGroupChat", "SelectorGroupChat", "Swarm", "GraphFlow", "MagenticOneGroupChat"
]
_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"

AgentName = Annotated[str, Field(title="Name", description="How the others call it: a Python name.", pattern=_NAME)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Assistant(_Part):
    """An agent that thinks with a model and uses tools."""

    model_config = ConfigDict(extra="forbid", title="AssistantAgent")

    type: Literal["AssistantAgent"]
    name: AgentName
    description: Annotated[
        str, Field(title="Description", description="What it is good for: who selects the next speaker reads this.")
    ] = ""
    system_message: Annotated[
        str,
        Field(
            title="System message", description="Who it is, and how it is to work.", max_length=100_000,
            json_schema_extra=LONG,
        ),
    ] = ""  # fmt: skip
    model: Annotated[
        str, Field(title="Model", description="The team's model if empty.", max_length=200, json_schema_extra=MODEL)
    ] = ""
    tools: BuiltInTools = []
    functions: Functions = []
    handoffs: Annotated[
        list[Annotated[str, Field(pattern=_NAME)]],
        Field(title="Hand-offs", description="Names of agents that it may hand over to; for a Swarm."),
    ] = []
    max_tool_iterations: Annotated[
        int, Field(title="Rounds of tools", description="How often it may use tools in one turn.", ge=1, le=1000)
    ] = 10
    reflect_on_tool_use: Annotated[
        bool,
        Field(title="Reflect", description="After its last round of tools, let it say in words what they gave."),
    ] = True


class UserProxy(_Part):
    """A person, who is asked when it is their turn."""

    model_config = ConfigDict(extra="forbid", title="UserProxyAgent")

    type: Literal["UserProxyAgent"]
    name: AgentName
    description: Annotated[str, Field(title="Description", description="Who that is.")] = "A person."


class Edge(_Part):
    """One way from an agent to the next, for a GraphFlow."""

    source: AgentName
    target: AgentName
    condition: Annotated[
        str, Field(title="Condition", description="Taken only if the agent's message holds this text.", max_length=1000)
    ] = ""


class AutoGenConfig(BaseModel):
    """An assistant or a team, or a component of your own."""

    model_config = ConfigDict(
        extra="forbid",
        title="AutoGen",
        json_schema_extra={"if": {"not": {"required": ["component"]}}, "then": {"required": ["model", "agents"]}},
    )

    model: Annotated[
        str | SkipJsonSchema[None],
        Field(
            title="Model",
            description="The model of agents that name none, and of who selects or leads. A component has its own.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = None
    task: Task = ""
    team: Annotated[
        TeamKind,
        Field(title="Team", description="How the agents work together; AssistantAgent is the first of them, alone."),
    ] = "AssistantAgent"
    agents: Annotated[
        list[Assistant | UserProxy] | SkipJsonSchema[None],
        Field(title="Agents", description="Who takes part.", json_schema_extra={"minItems": 1, "maxItems": 50}),
    ] = None
    edges: Annotated[
        list[Edge], Field(title="Edges", description="Who follows whom; for a GraphFlow, and needed there.")
    ] = []
    termination_text: Annotated[
        str,
        Field(title="Ends with", description="The team ends when a message holds this text.", examples=["APPROVE"]),
    ] = ""
    max_messages: Annotated[
        int, Field(title="Most messages", description="The team ends after so many messages.", ge=1, le=100_000)
    ] = 50
    max_tokens_in_all: Annotated[
        int | SkipJsonSchema[None],
        Field(
            title="Most tokens in all",
            description="The team ends after so many, by AutoGen's own count; the limits below count by the gateway.",
            json_schema_extra={"minimum": 1},
        ),
    ] = None
    selector_prompt: Annotated[
        str,
        Field(
            title="Selector prompt",
            description="For a SelectorGroupChat, with {roles}, {participants} and {history}; AutoGen's own if empty.",
            max_length=100_000,
            json_schema_extra=LONG,
        ),
    ] = ""
    allow_repeated_speaker: Annotated[
        bool,
        Field(title="May speak twice", description="Whether who spoke last may be selected again."),
    ] = False
    max_stalls: Annotated[
        int,
        Field(title="Most stalls", description="MagenticOne plans anew after so many turns without progress.", ge=0),
    ] = 3
    project: Annotated[
        str,
        Field(
            title="Project folder",
            description="A folder on this machine that functions come from. Its code runs with your rights.",
            max_length=4000,
            examples=["~/my-project"],
        ),
    ] = ""
    mcp_servers: McpServers = []
    temperature: Temperature = None
    max_tokens: MostTokens = None
    component: Annotated[
        dict[str, Any] | SkipJsonSchema[None],
        Field(
            title="Component",
            description=(
                "A team or agent as AutoGen Studio or dump_component() writes it, run instead of the agents above. Its "
                "models are asked for at the gateway, by their names."
            ),
            json_schema_extra={"required": ["provider", "config"]},
        ),
    ] = None
