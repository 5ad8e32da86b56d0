"""What can be configured of a LangGraph agent: one made here by `create_agent`, or a graph of one's own."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from orchestra.config_fields import LONG, MODEL, BuiltInTools, Functions, MostTokens, Task, Temperature
from orchestra.mcp_fields import McpServers

_NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"

Model = Annotated[
    str | SkipJsonSchema[None],
    Field(
        title="Model",
        description="The model that the agent thinks with. A graph of your own names its models itself.",
        min_length=1,
        max_length=200,
        json_schema_extra=MODEL,
    ),
]
SystemPrompt = Annotated[
    str,
    Field(
        title="System prompt",
        description="Who the agent is, and how it is to work.",
        max_length=100_000,
        json_schema_extra=LONG,
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SubAgent(_Part):
    """An agent that the main one may hand a task to, as a tool."""

    model_config = ConfigDict(extra="forbid", title="Agent")

    name: Annotated[str, Field(title="Name", description="Also the name of the tool.", pattern=_NAME)]
    description: Annotated[
        str, Field(title="Description", description="What it is good for: the main agent chooses by it.", min_length=1)
    ]
    system_prompt: SystemPrompt = ""
    model: Annotated[
        str,
        Field(
            title="Model",
            description="The main agent's model if empty.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    tools: BuiltInTools = []
    functions: Functions = []


class LangGraphConfig(BaseModel):
    """An agent made by `create_agent`, or a graph of your own project."""

    model_config = ConfigDict(
        extra="forbid",
        title="LangGraph",
        json_schema_extra={"if": {"not": {"required": ["graph"]}}, "then": {"required": ["model"]}},
    )

    model: Model = None
    task: Task = ""
    system_prompt: SystemPrompt = ""
    tools: BuiltInTools = []
    project: Annotated[
        str,
        Field(
            title="Project folder",
            description="A folder on this machine that functions and graphs come from. Its code runs with your rights.",
            max_length=4000,
            examples=["~/my-project"],
        ),
    ] = ""
    functions: Functions = []
    graph: Annotated[
        str | SkipJsonSchema[None],
        Field(
            title="Graph",
            description=(
                "A graph of your own, run instead of an agent made here: its name in langgraph.json, "
                "or file.py:name, or module:name."
            ),
            min_length=1,
            max_length=500,
            examples=["agent", "src/agent.py:graph"],
        ),
    ] = None
    configurable: Annotated[
        dict[str, Any],
        Field(
            title="Configurable", description="Values for a graph of your own, as its config's 'configurable' has them."
        ),
    ] = {}
    agents: Annotated[
        list[SubAgent],
        Field(title="Sub-agents", description="A team: agents that the main agent can hand tasks to."),
    ] = []
    mcp_servers: McpServers = []
    approve_tools: Annotated[
        list[str],
        Field(title="Tools that need a yes", description="Names of tools that a person approves before each call."),
    ] = []
    model_call_limit: Annotated[
        int,
        Field(
            title="Model calls", description="The run fails after so many calls of the agent's model.", ge=1, le=10_000
        ),
    ] = 50
    tool_call_limit: Annotated[
        int,
        Field(title="Tool calls", description="Further calls of tools are refused to the model.", ge=1, le=10_000),
    ] = 200
    recursion_limit: Annotated[
        int,
        Field(title="Recursion limit", description="The run fails after so many steps of the graph.", ge=1, le=10_000),
    ] = 250
    temperature: Temperature = None
    max_tokens: MostTokens = None
    response_format: Annotated[
        dict[str, Any],
        Field(
            title="Response format",
            description="A JSON Schema of an object, with a title: the answer then comes in that shape, too.",
        ),
    ] = {}
