"""What can be configured of an AutoGen agent: an assistant or a team made here, or a component as JSON."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from orchestra.mcp_fields import McpServers

BuiltInTool = Literal["calculator", "fetch", "list_files", "read_file", "write_file"]
TeamKind = Literal[
    "AssistantAgent", "RoundRobinGroupChat", "SelectorGroupChat", "Swarm", "GraphFlow", "MagenticOneGroupChat"
]
_LONG: dict[str, JsonValue] = {"format": "textarea"}
_MODEL: dict[str, JsonValue] = {"x-orchestra": "model"}
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
            json_schema_extra=_LONG,
        ),
    ] = ""  # fmt: skip
    model: Annotated[
        str, Field(title="Model", description="The team's model if empty.", max_length=200, json_schema_extra=_MODEL)
    ] = ""
    tools: Annotated[
        list[BuiltInTool],
        Field(
            title="Built-in tools",
            description="What it may use: arithmetic, pages of the public web, files in the run's folder.",
            json_schema_extra={"uniqueItems": True},
        ),
    ] = []
    functions: Annotated[
        list[Annotated[str, Field(pattern=r"^[^:]+:[A-Za-z_][A-Za-z0-9_.]*$", max_length=500)]],
        Field(
            title="Functions",
            description="Functions of your own from the project folder: module:function or file.py:function.",
            examples=[["tools.py:search"]],
        ),
    ] = []
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
            json_schema_extra=_MODEL,
        ),
    ] = None
    task: Annotated[
        str,
        Field(
            title="Task",
            description="What is asked, unless a run's input has a task of its own.",
            max_length=100_000,
            json_schema_extra=_LONG,
        ),
    ] = ""
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
            json_schema_extra=_LONG,
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
    temperature: Annotated[
        float | SkipJsonSchema[None],
        Field(
            title="Temperature",
            description="How freely the models choose their words; their own if empty.",
            json_schema_extra={"minimum": 0, "maximum": 2},
        ),
    ] = None
    max_tokens: Annotated[
        int | SkipJsonSchema[None],
        Field(
            title="Most tokens in a reply",
            description="How long one reply may become; the model's own if empty.",
            json_schema_extra={"minimum": 1},
        ),
    ] = None
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
