"""What can be configured of a BabyAGI agent: the task loop, or functionz."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestra.config_fields import LONG, MODEL, UNIQUE, BuiltInTool, Temperature


class SecretKey(BaseModel):
    """A secret that functions ask for by its name."""

    model_config = ConfigDict(extra="forbid", title="Secret")

    name: Annotated[
        str,
        Field(
            title="Name",
            description="What functions call it in globals(): a Python name.",
            pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$",
        ),
    ]
    value: Annotated[
        str, Field(title="Value", description="The secret.", min_length=1, json_schema_extra={"writeOnly": True})
    ]


class BabyAgiConfig(BaseModel):
    """The task loop makes its own list of tasks; functionz lets a model call functions."""

    model_config = ConfigDict(extra="forbid", title="BabyAGI")

    objective: Annotated[
        str,
        Field(
            title="Objective",
            description="What is to be reached; a task given when a run starts takes its place.",
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
            description="The model that does, makes and ranks tasks, or calls functions.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ]
    temperature: Temperature = None
    engine: Annotated[
        Literal["task_loop", "functionz"],
        Field(
            title="Engine",
            description="task_loop is the original loop of execution, creation and prioritization; functionz "
            "(babyagi 0.1.4) calls functions, and builds new ones.",
        ),
    ] = "task_loop"
    agent: Annotated[
        Literal["react_agent", "process_user_input", "self_build"],
        Field(
            title="Agent of functionz",
            description="react_agent reasons and calls functions; process_user_input builds those that it lacks; "
            "self_build does so for requests that it makes up for the objective, as the description of a user.",
        ),
    ] = "react_agent"
    self_build_count: Annotated[
        int, Field(title="Requests", description="How many of them self_build makes up.", ge=1, le=20)
    ] = 3
    max_calls: Annotated[
        int,
        Field(
            title="Most model calls",
            description="functionz asks until it can read the reply; the run fails after so many calls.",
            ge=1,
            le=1000,
        ),
    ] = 50
    initial_task: Annotated[
        str,
        Field(
            title="Initial task",
            description="What the task loop does first.",
            min_length=1,
            max_length=2000,
            pattern=r"\S",
        ),
    ] = "Develop a task list"
    max_iterations: Annotated[
        int,
        Field(
            title="Most tasks",
            description="The task loop ends after so many; what is open then is in the output.",
            ge=1,
            le=1000,
        ),
    ] = 5
    embedding_model: Annotated[
        str,
        Field(
            title="Embedding model",
            description="Finds the earlier results nearest to the objective; without it, the latest are taken.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    context_results: Annotated[
        int,
        Field(title="Earlier tasks", description="How many of them the task loop reminds itself of.", ge=0, le=50),
    ] = 5
    tools: Annotated[
        list[BuiltInTool],
        Field(
            title="Built-in functions",
            description="For functionz: arithmetic, pages of the public web, files in the run's folder.",
            json_schema_extra=UNIQUE,
        ),
    ] = []
    function_files: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=500)]],
        Field(
            title="Function files",
            description="For functionz: Python files of the project folder whose functions are registered by "
            "@babyagi.register_function(); they run with your rights.",
            examples=[["functions.py"]],
        ),
    ] = []
    project: Annotated[
        str,
        Field(
            title="Project folder",
            description="A folder on this machine that function files come from.",
            max_length=4000,
            examples=["~/my-functions"],
        ),
    ] = ""
    keys: Annotated[
        list[SecretKey],
        Field(title="Secrets", description="For functionz: what functions name as key_dependencies; no model sees it."),
    ] = []
