"""What can be configured of an AgentVerse: a simulation, or the solving of a task."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from orchestra.config_fields import LONG, MODEL, UNIQUE

from .task_schema import TASK_SCHEMA

DecisionMaker = Literal[
    "vertical-solver-first", "vertical", "horizontal", "concurrent", "brainstorming", "central", "dynamic"
]
OutputParser = Literal["", "dummy", "nlp_classroom_3players", "nlp_classroom_9players"]
_DIMENSION = r"^[A-Za-z][A-Za-z ]{0,39}$"


def _prompt(title: str, placeholders: str) -> object:
    description = f"{placeholders} are filled in. One that fits if empty."
    return Field(title=title, description=description, max_length=100_000, json_schema_extra=LONG)


class Agent(BaseModel):
    """Somebody who takes part in a simulation."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(title="Name", description="What it is called.", min_length=1, max_length=100)]
    role_description: Annotated[
        str,
        Field(title="Role", description="Who it is, and what it wants.", max_length=20_000, json_schema_extra=LONG),
    ] = ""
    prompt_template: Annotated[
        str, _prompt("Prompt", "${agent_name}, ${role_description}, ${env_description} and ${chat_history}")
    ] = ""
    model: Annotated[
        str, Field(title="Model", description="The model of all if empty.", max_length=200, json_schema_extra=MODEL)
    ] = ""
    output_parser: Annotated[
        OutputParser,
        Field(
            title="Output parser",
            description=(
                "dummy takes what is said as it is; the others want Action and Action Input. The one that fits the "
                "order if empty."
            ),
        ),
    ] = ""


class AgentVerseConfig(BaseModel):
    """A simulation in turns, or a group of experts for a task."""

    model_config = ConfigDict(
        extra="forbid",
        title="AgentVerse",
        json_schema_extra={
            "if": {"not": {"required": ["task_config"]}},
            "then": {
                "required": ["model"],
                "if": {"properties": {"mode": {"const": "tasksolving"}}, "required": ["mode"]},
                "else": {"properties": {"agents": {"minItems": 1}}, "required": ["agents"]},
            },
        },
    )

    mode: Annotated[
        Literal["simulation", "tasksolving"],
        Field(
            title="Mode",
            description=(
                "simulation: the agents below talk to each other. tasksolving: experts are recruited, find a solution, "
                "and it is evaluated, until it is good enough."
            ),
        ),
    ] = "simulation"
    model: Annotated[
        str | SkipJsonSchema[None],
        Field(
            title="Model",
            description="The model of agents that name none; with a task of yours, of all, if there is one.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = None
    task_description: Annotated[
        str,
        Field(
            title="Task or scene",
            description="What is to be solved, or where the agents are and what it is about; a run's task goes before.",
            max_length=100_000,
            json_schema_extra=LONG,
        ),
    ] = ""
    agents: Annotated[
        list[Agent], Field(title="Agents", description="Who takes part in a simulation.", max_length=50)
    ] = []
    max_turns: Annotated[
        int, Field(title="Turns", description="How many turns a simulation takes.", ge=1, le=10_000)
    ] = 10
    order: Annotated[
        Literal["sequential", "random", "concurrent", "classroom"],
        Field(
            title="Order",
            description=(
                "Who speaks in a turn: each after the other, anybody, or all at once. In a classroom the first agent, "
                "Professor, calls on those named Student and a name, who raise their hands."
            ),
        ),
    ] = "sequential"
    visibility: Annotated[
        Literal["all", "oneself"],
        Field(
            title="Visibility", description="Who hears what is said: everybody, or after their first word nobody else."
        ),
    ] = "all"
    cnt_agents: Annotated[
        int, Field(title="Experts", description="How many are recruited: one solver, the others critics.", ge=2, le=20)
    ] = 3
    max_turn: Annotated[
        int, Field(title="Most rounds", description="How often a solution is looked for at most.", ge=1, le=1000)
    ] = 3
    max_inner_turns: Annotated[
        int,
        Field(title="Most discussions", description="How often the critics may speak in one round.", ge=0, le=1000),
    ] = 2
    decision_maker: Annotated[
        DecisionMaker,
        Field(
            title="Decision maker",
            description=(
                "How a solution is found. vertical-solver-first: the solver proposes, critics object. vertical: "
                "critics first, all at once; horizontal: one after the other; concurrent: in several rounds. "
                "brainstorming: the solver sums up. central: one critic, then the solver. dynamic: a manager "
                "chooses among the critics."
            ),
        ),
    ] = "vertical-solver-first"
    dimensions: Annotated[
        list[Annotated[str, Field(pattern=_DIMENSION)]],
        Field(
            title="Dimensions",
            description="What a solution is given marks for, from 0 to 9; it is accepted when all are 8 or more.",
            min_length=1,
            max_length=9,
            json_schema_extra=UNIQUE,
        ),
    ] = ["Comprehensiveness", "Detailedness", "Feasibility", "Novelty"]
    role_assigner_prompt: Annotated[
        str, _prompt("Prompt to recruit", "${task_description}, ${cnt_critic_agents} and ${advice}")
    ] = ""
    solver_prompt: Annotated[
        str, _prompt("Prompt to solve", "${task_description}, ${former_solution}, ${advice} and ${role_description}")
    ] = ""
    critic_prompt: Annotated[
        str,
        _prompt(
            "Prompt to criticise", "${task_description}, ${preliminary_solution}, ${advice} and ${role_description}"
        ),
    ] = ""
    evaluator_prompt: Annotated[
        str, _prompt("Prompt to evaluate", "${task_description}, ${solution} and ${all_role_description}")
    ] = ""
    max_retry: Annotated[
        int,
        Field(title="Tries", description="How often an agent is asked whose reply cannot be read.", ge=1, le=20),
    ] = 3
    temperature: Annotated[
        float, Field(title="Temperature", description="How freely the models choose their words.", ge=0, le=2)
    ] = 0.7
    max_tokens: Annotated[
        int, Field(title="Most tokens in a reply", description="How long one reply may become.", ge=1, le=1_000_000)
    ] = 1024
    task_config: Annotated[
        dict[str, Any] | SkipJsonSchema[None],
        Field(
            title="Task of yours",
            description=(
                "What is in the config.yaml of a task of AgentVerse's, run instead of all above but the task, the "
                "model and the tries. Models are asked for at the gateway."
            ),
            json_schema_extra=TASK_SCHEMA,
        ),
    ] = None
