"""What can be configured of a CAMEL agent: a ChatAgent or a society made here, or one of a project's own."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from orchestra.config_fields import (
    LONG,
    MODEL,
    REFERENCE,
    UNIQUE,
    BuiltInTools,
    Functions,
    MostTokens,
    Task,
    Temperature,
)
from orchestra.mcp_fields import McpServers

Strategy = Literal["retry", "replan", "decompose", "reassign", "create_worker"]
_ID = r"^[A-Za-z0-9_-]{1,64}$"

SystemMessage = Annotated[
    str,
    Field(
        title="System message",
        description="Who it is, and how it is to work.",
        max_length=100_000,
        json_schema_extra=LONG,
    ),
]
AsksPeople = Annotated[
    bool, Field(title="HumanToolkit", description="Whether it may ask people, and tell them how far it is.")
]
Role = Annotated[str, Field(min_length=1, max_length=200)]
MostIterations = Annotated[
    int | SkipJsonSchema[None],
    Field(
        title="Most iterations",
        description="How often it may call its model for one answer; without end if empty.",
        json_schema_extra={"minimum": 1},
    ),
]
OwnModel = Annotated[
    str, Field(title="Model", description="The model above if empty.", max_length=200, json_schema_extra=MODEL)
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChatAgent(_Part):
    """One agent, with tools."""

    model_config = ConfigDict(extra="forbid", title="ChatAgent")

    kind: Literal["ChatAgent"]
    name: Annotated[Role, Field(title="Role name", description="Under which it speaks.")] = "assistant"
    system_message: SystemMessage = ""
    tools: BuiltInTools = []
    functions: Functions = []
    human_toolkit: AsksPeople = False
    max_iteration: MostIterations = None
    message_window_size: Annotated[
        int | SkipJsonSchema[None],
        Field(
            title="Message window",
            description="How many of the last messages it remembers; all if empty.",
            json_schema_extra={"minimum": 1},
        ),
    ] = None
    token_limit: Annotated[
        int | SkipJsonSchema[None],
        Field(
            title="Token limit",
            description="How much of the conversation it sends, by an estimate; CAMEL sums up what is more.",
            json_schema_extra={"minimum": 100},
        ),
    ] = None
    response_words: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]],
        Field(
            title="Goes on until it says",
            description="It is told to continue until one of these words is in its answer; set most iterations, too.",
            examples=[["DONE"]],
        ),
    ] = []


class RolePlaying(_Part):
    """Two agents: a user who instructs, and an assistant who does it, until the task is done."""

    model_config = ConfigDict(extra="forbid", title="RolePlaying")

    kind: Literal["RolePlaying"]
    assistant_role_name: Annotated[
        Role, Field(title="Assistant's role", description="Who does it.", examples=["Python Programmer"])
    ]
    user_role_name: Annotated[
        Role, Field(title="User's role", description="Who says what is to be done.", examples=["Stock Trader"])
    ]
    with_task_specify: Annotated[
        bool, Field(title="Specify the task", description="Let a model make the task more specific first.")
    ] = True
    with_task_planner: Annotated[
        bool, Field(title="Plan the task", description="Let a model divide the task into steps first.")
    ] = False
    max_turns: Annotated[
        int, Field(title="Most turns", description="It ends after so many instructions and answers.", ge=1, le=1000)
    ] = 15
    tools: BuiltInTools = []
    functions: Functions = []
    human_toolkit: AsksPeople = False
    max_iteration: MostIterations = None


class SingleAgentWorker(_Part):
    """A worker that is one ChatAgent."""

    model_config = ConfigDict(extra="forbid", title="SingleAgentWorker")

    type: Literal["SingleAgentWorker"]
    name: Annotated[
        str, Field(title="Role name", description="Under which it speaks and is assigned tasks.", pattern=_ID)
    ]
    description: Annotated[
        str,
        Field(title="Description", description="What it is good for: the coordinator assigns by it.", min_length=1),
    ]
    system_message: SystemMessage = ""
    model: OwnModel = ""
    tools: BuiltInTools = []
    functions: Functions = []
    human_toolkit: AsksPeople = False


class RolePlayingWorker(_Part):
    """A worker that is two agents, who play roles."""

    model_config = ConfigDict(extra="forbid", title="RolePlayingWorker")

    type: Literal["RolePlayingWorker"]
    description: Annotated[
        str,
        Field(title="Description", description="What they are good for: the coordinator assigns by it.", min_length=1),
    ]
    assistant_role_name: Annotated[Role, Field(title="Assistant's role", description="Who does it.")]
    user_role_name: Annotated[Role, Field(title="User's role", description="Who says what is to be done.")]
    chat_turn_limit: Annotated[
        int, Field(title="Most turns", description="After so many, what they have is summed up.", ge=1, le=1000)
    ] = 3
    model: OwnModel = ""
    tools: BuiltInTools = []
    functions: Functions = []
    human_toolkit: AsksPeople = False


class PipelineTask(_Part):
    """One task that is given, instead of being made by the planner."""

    model_config = ConfigDict(extra="forbid", title="Task")

    id: Annotated[str, Field(title="Id", description="By which others depend on it.", pattern=_ID)]
    content: Annotated[
        str, Field(title="Content", description="What is to be done.", min_length=1, json_schema_extra=LONG)
    ]
    depends_on: Annotated[
        list[Annotated[str, Field(pattern=_ID)]],
        Field(title="Depends on", description="Ids of tasks whose results it needs."),
    ] = []


class Workforce(_Part):
    """Workers, a planner who divides the task among them, and a coordinator who assigns."""

    model_config = ConfigDict(extra="forbid", title="Workforce")

    kind: Literal["Workforce"]
    description: Annotated[str, Field(title="Description", description="What the workforce is for.")] = ""
    workers: Annotated[
        list[SingleAgentWorker | RolePlayingWorker],
        Field(title="Workers", description="Who does the tasks.", min_length=1, max_length=50),
    ]
    pipeline: Annotated[
        list[PipelineTask],
        Field(title="Pipeline", description="Tasks in place of those that the planner would make of the task."),
    ] = []
    recovery: Annotated[
        list[Strategy],
        Field(
            title="Recovery",
            description=(
                "What may be done about a task that failed or was done badly, as the planner decides; with none, "
                "results are not examined, and a task that fails has failed."
            ),
            json_schema_extra=UNIQUE,
        ),
    ] = ["retry", "replan", "decompose", "reassign", "create_worker"]
    max_retries: Annotated[
        int, Field(title="Most attempts", description="So often a task is tried before it has failed.", ge=1, le=20)
    ] = 3
    task_timeout_seconds: Annotated[
        float, Field(title="Task timeout", description="Seconds that one task may take.", ge=1, le=86_400)
    ] = 600.0
    share_memory: Annotated[
        bool, Field(title="Share memory", description="Whether the agents see what the others said.")
    ] = False


class OwnProject(_Part):
    """An agent or society of your own."""

    model_config = ConfigDict(extra="forbid", title="A project of yours")

    kind: Literal["project"]
    entrypoint: Annotated[
        str,
        Field(
            title="Entry point",
            description=(
                "module:name or file.py:name in the project folder: a ChatAgent, RolePlaying or Workforce, a function "
                "that makes one, or one that does the work and gives its answer."
            ),
            pattern=REFERENCE,
            max_length=500,
            examples=["society.py:construct_society"],
        ),
    ]
    arguments: Annotated[
        dict[str, Any],
        Field(title="Arguments", description="For the function, by name; a run's input goes before them."),
    ] = {}
    max_turns: Annotated[
        int, Field(title="Most turns", description="A RolePlaying ends after so many.", ge=1, le=1000)
    ] = 15


class CamelConfig(BaseModel):
    """A ChatAgent or a society, or one of your own."""

    model_config = ConfigDict(
        extra="forbid",
        title="CAMEL",
        json_schema_extra={
            "if": {"properties": {"society": {"properties": {"kind": {"const": "project"}}}}},
            "else": {"required": ["model"]},
        },
    )

    model: Annotated[
        str | SkipJsonSchema[None],
        Field(
            title="Model",
            description="The model of all who name none. In a project of yours it takes the place of every other.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = None
    task: Task = ""
    society: Annotated[
        ChatAgent | RolePlaying | Workforce | OwnProject,
        Field(title="Society", description="Who works on it, and how."),
    ]
    project: Annotated[
        str,
        Field(
            title="Project folder",
            description="A folder on this machine with functions and societies. Its code runs with your rights.",
            max_length=4000,
            examples=["~/my-project"],
        ),
    ] = ""
    mcp_servers: McpServers = []
    output_language: Annotated[
        str, Field(title="Output language", description="The language of the answers.", examples=["English"])
    ] = ""
    temperature: Temperature = None
    max_tokens: MostTokens = None
