"""What can be configured of an OpenAgents agent: the data agent, or a network of agents."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestra.config_fields import LONG, MODEL, UNIQUE, BuiltInTool, Functions, Task, Temperature

_CHANNEL = r"^[a-z0-9][a-z0-9_-]{0,63}$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DataAgent(_Part):
    """Answers questions about files by code and SQL that a model writes and this machine runs."""

    tools: Annotated[
        list[Literal["python", "sql"]],
        Field(
            title="Tools",
            description="PythonCodeBuilder, which runs code with your rights, and SQLQueryBuilder, which only reads.",
            min_length=1,
            json_schema_extra=UNIQUE,
        ),
    ] = ["python", "sql"]
    files: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=4000)]],
        Field(
            title="Files",
            description=(
                "Files on this machine to work with (CSV, TSV, JSON, Excel, SQLite, text); each run gets copies. "
                "A run's input may name more."
            ),
            max_length=100,
            examples=[["~/data/sales.csv"]],
        ),
    ] = []
    max_iterations: Annotated[
        int, Field(title="Steps", description="The run fails if there is no answer by then.", ge=1, le=1000)
    ] = 10
    approve_code: Annotated[
        bool,
        Field(title="Ask before code runs", description="Have a person see and allow each piece of Python first."),
    ] = False
    execution_timeout: Annotated[
        float,
        Field(
            title="Execution timeout in seconds",
            description="Code or a query that takes longer is stopped, with all that it started.",
            ge=1,
            le=86_400,
        ),
    ] = 120
    max_history_tokens: Annotated[
        int,
        Field(
            title="History in tokens",
            description="How much of the conversation each step sees; the oldest tool results go first.",
            ge=500,
            le=1_000_000,
        ),
    ] = 8000
    instructions: Annotated[
        str,
        Field(
            title="Instructions",
            description="What the agent is to know besides, such as what columns mean.",
            max_length=100_000,
            json_schema_extra=LONG,
        ),
    ] = ""


class Trigger(_Part):
    """What an agent does when an event of one name reaches it."""

    event: Annotated[
        str,
        Field(
            title="Event",
            description="The event's name.",
            min_length=1,
            max_length=200,
            examples=["thread.channel_message.notification"],
        ),
    ]
    instruction: Annotated[
        str, Field(title="Instruction", description="How to respond to it.", max_length=20_000, json_schema_extra=LONG)
    ] = ""


class NetworkAgent(_Part):
    """A CollaboratorAgent of the network."""

    agent_id: Annotated[
        str,
        Field(title="Agent id", description="How the others address it.", pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"),
    ]
    instruction: Annotated[
        str,
        Field(
            title="Instruction",
            description="Who it is, and how it is to work.",
            min_length=1,
            max_length=100_000,
            json_schema_extra=LONG,
        ),
    ]
    model: Annotated[
        str, Field(title="Model", description="The model above if empty.", max_length=200, json_schema_extra=MODEL)
    ] = ""
    react_to_all_messages: Annotated[
        bool,
        Field(title="Reacts to all messages", description="Or else only to the events that a trigger names."),
    ] = True
    triggers: Annotated[list[Trigger], Field(title="Triggers", description="Instructions for single events.")] = []
    max_iterations: Annotated[
        int,
        Field(title="Rounds", description="How often it may think and use tools for one message.", ge=1, le=1000),
    ] = 10
    tools: Annotated[
        list[BuiltInTool],
        Field(
            title="Built-in tools",
            description="What it may use beside those of the network: arithmetic, public pages, files of the run.",
            json_schema_extra=UNIQUE,
        ),
    ] = []
    functions: Functions = []


class Network(_Part):
    """A private network inside the run: channels and agents that talk to each other in them."""

    agents: Annotated[
        list[NetworkAgent],
        Field(title="Agents", description="Who takes part; needed for the engine network.", max_length=50),
    ] = []
    channels: Annotated[
        list[Annotated[str, Field(pattern=_CHANNEL)]],
        Field(
            title="Channels",
            description="Where they talk; the task is posted in the first.",
            min_length=1,
            max_length=50,
            json_schema_extra=UNIQUE,
        ),
    ] = ["general"]
    max_messages: Annotated[
        int,
        Field(
            title="Most messages",
            description="The network ends after so many messages of its agents, who answer each other for ever.",
            ge=1,
            le=10_000,
        ),
    ] = 10
    quiet_seconds: Annotated[
        float,
        Field(
            title="Silence in seconds",
            description="The network ends when nobody has worked or written for so long.",
            ge=0.5,
            le=3600,
        ),
    ] = 2
    human_replies: Annotated[
        bool,
        Field(
            title="A person takes part",
            description=(
                "Ask a person when an agent writes to human or mentions them; say in the instructions when to do that."
            ),
        ),
    ] = False
    project: Annotated[
        str,
        Field(
            title="Project folder",
            description="A folder on this machine that functions come from. Its code runs with your rights.",
            max_length=4000,
            examples=["~/my-network"],
        ),
    ] = ""


class OpenAgentsConfig(BaseModel):
    """A data agent, or a network of agents."""

    model_config = ConfigDict(
        extra="forbid",
        title="OpenAgents",
        json_schema_extra={
            "if": {"properties": {"engine": {"const": "network"}}, "required": ["engine"]},
            "then": {"properties": {"network": {"properties": {"agents": {"minItems": 1}}, "required": ["agents"]}},
                     "required": ["network"]},
        },
    )  # fmt: skip

    engine: Annotated[
        Literal["data_agent", "network"],
        Field(
            title="Engine",
            description=(
                "data_agent: one agent that works on files, after XLang's OpenAgents. network: several agents in a "
                "network of openagents.org."
            ),
        ),
    ] = "data_agent"
    model: Annotated[
        str,
        Field(
            title="Model",
            description="The model that thinks and writes code, and that of agents without one of their own.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ]
    task: Task = ""
    temperature: Temperature = None
    data_agent: Annotated[
        DataAgent, Field(title="Data agent", description="What the engine data_agent works with.")
    ] = DataAgent()
    network: Annotated[Network, Field(title="Network", description="What the engine network is made of.")] = Network()
