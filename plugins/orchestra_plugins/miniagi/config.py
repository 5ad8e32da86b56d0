"""What can be configured of a MiniAGI agent."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from orchestra.config_fields import LONG, MODEL, UNIQUE

Command = Literal[
    "memorize_thoughts",
    "execute_python",
    "execute_shell",
    "ingest_data",
    "process_data",
    "web_search",
    "talk_to_user",
    "done",
]


class MiniAgiConfig(BaseModel):
    """A small autonomous agent that works towards one objective, one command at a time."""

    model_config = ConfigDict(extra="forbid", title="MiniAGI")

    objective: Annotated[
        str,
        Field(
            title="Objective",
            description="What the agent is to reach; a task given when a run starts takes its place.",
            min_length=1,
            max_length=20_000,
            pattern=r"\S",
            json_schema_extra=LONG,
        ),
    ]
    model: Annotated[
        str,
        Field(
            title="Model",
            description="The model that chooses each step.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ]
    summarizer_model: Annotated[
        str,
        Field(
            title="Model for summaries",
            description="The model that condenses the memory; the agent's own model if empty.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    enable_critic: Annotated[
        bool,
        Field(title="Critic", description="Have each action judged by a second model call before the next step."),
    ] = False
    max_context_size: Annotated[
        int,
        Field(
            title="Context size",
            description="How many tokens of summary and recent actions each step sees.",
            ge=500,
            le=1_000_000,
        ),
    ] = 4000
    max_memory_item_size: Annotated[
        int,
        Field(
            title="Memory item size",
            description="How many tokens one remembered result, and the summary, may have.",
            ge=100,
            le=100_000,
        ),
    ] = 2000
    summarizer_chunk_size: Annotated[
        int,
        Field(
            title="Summary chunk size",
            description="How many tokens of a long result are condensed at once.",
            ge=500,
            le=100_000,
        ),
    ] = 3000
    max_steps: Annotated[
        int,
        Field(title="Steps", description="The run fails if the objective is not reached by then.", ge=1, le=1000),
    ] = 25
    max_invalid_replies: Annotated[
        int,
        Field(
            title="Invalid replies",
            description="The run fails after so many replies in a row that name no action.",
            ge=1,
            le=100,
        ),
    ] = 5
    commands: Annotated[
        list[Command],
        Field(
            title="Commands",
            description=(
                "What the agent may do; done is always among it. Python and shell run with your own rights; files and "
                "pages of the public web are read as text."
            ),
            min_length=1,
            json_schema_extra=UNIQUE,
        ),
    ] = list(get_args(Command))
    web_search_provider: Annotated[
        Literal["none", "duckduckgo"],
        Field(
            title="Web search",
            description="Who is asked for web_search, which the agent has only if it is not none.",
        ),
    ] = "none"
    prompt_user: Annotated[
        bool,
        Field(
            title="Ask the user",
            description=(
                "Have a person allow each command before it is done, and answer what the agent says to them. Give such "
                "an agent a timeout that is long enough."
            ),
        ),
    ] = False
    command_timeout: Annotated[
        float,
        Field(
            title="Command timeout in seconds",
            description="A Python or shell command that takes longer is stopped, with all that it started.",
            ge=1,
            le=86_400,
        ),
    ] = 120
