"""What can be configured of an AutoGPT agent."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from orchestra.config_fields import LONG, MODEL, UNIQUE, Temperature

Command = Literal[
    "read_file",
    "write_to_file",
    "append_to_file",
    "delete_file",
    "search_files",
    "analyze_code",
    "improve_code",
    "write_tests",
    "start_agent",
    "message_agent",
    "list_agents",
    "delete_agent",
    "get_text_summary",
    "get_hyperlinks",
    "execute_python_file",
    "execute_shell",
]
RUNS_CODE = frozenset({"execute_python_file", "execute_shell"})

Goal = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class AutoGptConfig(BaseModel):
    """An agent that chooses command after command towards its goals."""

    model_config = ConfigDict(extra="forbid", title="AutoGPT")

    ai_name: Annotated[
        str, Field(title="Name", description="What the AI is called.", min_length=1, max_length=100, pattern=r"\S")
    ]
    ai_role: Annotated[
        str,
        Field(
            title="Role",
            description="What it is for: 'You are NAME, ROLE' is how its prompt begins.",
            min_length=1,
            max_length=3000,
            examples=["an AI that writes short stories"],
            json_schema_extra=LONG,
        ),
    ]
    ai_goals: Annotated[
        list[Goal],
        Field(
            title="Goals",
            description="One to five; a task or goals given when a run starts take their place.",
            min_length=1,
            max_length=5,
        ),
    ]
    fast_llm_model: Annotated[
        str,
        Field(
            title="Fast model",
            description="The model that chooses each command, and that helpers are made of.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ]
    smart_llm_model: Annotated[
        str,
        Field(
            title="Smart model",
            description="The model for commands about code; the fast one if empty.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    temperature: Temperature = None
    continuous_mode: Annotated[
        bool,
        Field(
            title="Continuous mode",
            description="Execute commands without asking; otherwise a person authorises each or says what to do.",
        ),
    ] = False
    continuous_limit: Annotated[
        int,
        Field(
            title="Continuous limit",
            description="In continuous mode, the run fails after so many turns.",
            ge=1,
            le=1000,
        ),
    ] = 20
    fast_token_limit: Annotated[
        int,
        Field(
            title="Token limit",
            description="How many tokens, as estimated, prompt and reply may have; older messages are left out.",
            ge=4000,
            le=1_000_000,
        ),
    ] = 4000
    memory_backend: Annotated[
        Literal["local", "no_memory"],
        Field(
            title="Memory",
            description="local brings back up to ten earlier results that are near to the present, by embeddings.",
        ),
    ] = "no_memory"
    embedding_model: Annotated[
        str,
        Field(
            title="Embedding model",
            description="The model that makes the local memory's embeddings.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = "text-embedding-ada-002"
    commands: Annotated[
        list[Command],
        Field(
            title="Commands",
            description=(
                "What it may do, beside doing nothing and completing its task. execute_python_file and execute_shell "
                "run with your own rights."
            ),
            json_schema_extra=UNIQUE,
        ),
    ] = [one for one in get_args(Command) if one not in RUNS_CODE]
    command_timeout: Annotated[
        float,
        Field(
            title="Command timeout in seconds",
            description="A program that a command starts is stopped after so long, with all that it started.",
            ge=1,
            le=86_400,
        ),
    ] = 120
