"""What can be configured of a CrewAI agent: a crew made here, or a crew or flow of one's own."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from orchestra.config_fields import MODEL, MostTokens, Temperature
from orchestra.mcp_fields import McpServers

from .parts import CrewAgent, CrewTask


class CrewAIConfig(BaseModel):
    """A crew made here, or a crew or flow of your own project."""

    model_config = ConfigDict(
        extra="forbid",
        title="CrewAI",
        json_schema_extra={
            "if": {"not": {"required": ["crew"]}},
            "then": {"required": ["model", "agents", "tasks"]},
        },
    )

    model: Annotated[
        str | SkipJsonSchema[None],
        Field(
            title="Model",
            description=(
                "The model of agents that name none, of the manager, the planner and the checks. For a project: used "
                "instead of all models that it names."
            ),
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = None
    agents: Annotated[
        list[CrewAgent] | SkipJsonSchema[None],
        Field(title="Agents", description="Who is in the crew.", json_schema_extra={"minItems": 1, "maxItems": 50}),
    ] = None
    tasks: Annotated[
        list[CrewTask] | SkipJsonSchema[None],
        Field(
            title="Tasks",
            description="What is to be done, in this order; the last one's result is the answer.",
            json_schema_extra={"minItems": 1, "maxItems": 100},
        ),
    ] = None
    inputs: Annotated[
        dict[str, Any],
        Field(
            title="Inputs",
            description="Values for {placeholders} in agents and tasks, or for a flow's state; a run may bring others.",
            examples=[{"topic": "tides"}],
        ),
    ] = {}
    process: Annotated[
        Literal["sequential", "hierarchical"],
        Field(title="Process", description="One task after the other, or all by a manager who hands work out."),
    ] = "sequential"
    manager_model: Annotated[
        str,
        Field(
            title="Manager's model",
            description="For a hierarchical crew; the crew's model if empty.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    memory: Annotated[
        bool,
        Field(title="Memory", description="Whether the crew remembers what it found, also from one run to the next."),
    ] = False
    embedding_model: Annotated[
        str,
        Field(
            title="Embedding model",
            description="The model that memories are found by; the crew's model if empty, which seldom can do that.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    planning: Annotated[
        bool, Field(title="Planning", description="Whether a plan for all tasks is made before the first one.")
    ] = False
    planning_model: Annotated[
        str,
        Field(
            title="Planner's model",
            description="The crew's model if empty.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    max_reviews: Annotated[
        int,
        Field(
            title="Most reviews",
            description="How often a person may have one task's result changed, where tasks ask for reviews.",
            ge=1,
            le=100,
        ),
    ] = 5
    max_rpm: Annotated[
        int | SkipJsonSchema[None],
        Field(
            title="Most calls a minute",
            description="How often the crew asks its models in a minute; any number if empty.",
            json_schema_extra={"minimum": 1},
        ),
    ] = None
    mcp_servers: McpServers = []
    project: Annotated[
        str,
        Field(
            title="Project folder",
            description="A folder on this machine that functions and crews come from. Its code runs with your rights.",
            max_length=4000,
            examples=["~/my-project"],
        ),
    ] = ""
    crew: Annotated[
        str | SkipJsonSchema[None],
        Field(
            title="Crew or flow",
            description=(
                "One of your project, run instead of the agents above: module:name or file.py:name of a class, an "
                "object or a function that makes one, a crew.jsonc, a flow.yaml, or a folder with agents.yaml and "
                "tasks.yaml."
            ),
            min_length=1,
            max_length=500,
            examples=["src/my_crew/crew.py:MyCrew", "crew.jsonc", "config"],
        ),
    ] = None
    temperature: Temperature = None
    max_tokens: MostTokens = None
