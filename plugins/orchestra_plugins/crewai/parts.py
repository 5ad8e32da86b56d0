"""What a crew is made of: agents and tasks."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from orchestra.config_fields import LONG, MODEL, BuiltInTools, Functions, Reference


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CrewAgent(_Part):
    """One of the crew."""

    model_config = ConfigDict(extra="forbid", title="Agent")

    role: Annotated[str, Field(title="Role", description="What it is in the crew.", min_length=1, max_length=1000)]
    goal: Annotated[
        str, Field(title="Goal", description="What it strives for.", min_length=1, max_length=100_000,
                   json_schema_extra=LONG),
    ]  # fmt: skip
    backstory: Annotated[
        str, Field(title="Backstory", description="Who it is, and how it works.", min_length=1, max_length=100_000,
                   json_schema_extra=LONG),
    ]  # fmt: skip
    name: Annotated[
        str, Field(title="Name", description="What tasks call it by; its role if empty.", max_length=200)
    ] = ""
    model: Annotated[
        str, Field(title="Model", description="The crew's model if empty.", max_length=200, json_schema_extra=MODEL)
    ] = ""
    tools: BuiltInTools = []
    functions: Functions = []
    allow_delegation: Annotated[
        bool, Field(title="May delegate", description="Whether it may ask others of the crew and hand work to them.")
    ] = False
    reasoning: Annotated[
        bool, Field(title="Reasoning", description="Whether it makes a plan before each task, and follows it.")
    ] = False
    inject_date: Annotated[bool, Field(title="Knows the date", description="Whether it is told what day it is.")] = (
        False
    )
    max_iter: Annotated[
        int,
        Field(title="Most iterations", description="After so many in one task it must answer.", ge=1, le=10_000),
    ] = 25
    max_execution_time: Annotated[
        int | SkipJsonSchema[None],
        Field(
            title="Most seconds",
            description="How long it may take for one task, in seconds; any time if empty.",
            json_schema_extra={"minimum": 1},
        ),
    ] = None
    max_rpm: Annotated[
        int | SkipJsonSchema[None],
        Field(
            title="Most calls a minute",
            description="How often it asks its model in a minute; any number if empty.",
            json_schema_extra={"minimum": 1},
        ),
    ] = None


class CrewTask(_Part):
    """One thing to be done."""

    model_config = ConfigDict(extra="forbid", title="Task")

    description: Annotated[
        str, Field(title="Description", description="What is to be done, with {placeholders} for inputs.",
                   min_length=1, max_length=100_000, json_schema_extra=LONG),
    ]  # fmt: skip
    expected_output: Annotated[
        str, Field(title="Expected output", description="What its result looks like.", min_length=1,
                   max_length=100_000, json_schema_extra=LONG),
    ]  # fmt: skip
    name: Annotated[str, Field(title="Name", description="What it is called here.", max_length=200)] = ""
    agent: Annotated[
        str,
        Field(title="Agent", description="Who does it, by name or role; in a hierarchy the manager may choose."),
    ] = ""
    context: Annotated[
        list[str],
        Field(title="Reads", description="Names of tasks before it whose results it gets; all of them if empty."),
    ] = []
    async_execution: Annotated[
        bool, Field(title="In parallel", description="Whether the next task begins before this one has ended.")
    ] = False
    human_input: Annotated[
        bool, Field(title="Review", description="Whether a person is shown the result, and may have it changed.")
    ] = False
    guardrails: Annotated[
        list[str],
        Field(title="Guardrails", description="What must be true of the result; the crew's model checks it."),
    ] = []
    guardrail_functions: Annotated[
        list[Reference],
        Field(
            title="Guardrail functions",
            description="Functions of your own that get the result, and give whether it is good, and what to do.",
            examples=[["checks.py:is_short"]],
        ),
    ] = []
    guardrail_max_retries: Annotated[
        int, Field(title="Most tries", description="How often a result that is not good is made anew.", ge=0, le=100)
    ] = 3
    output_file: Annotated[
        str, Field(title="Output file", description="A file of the run's folder that the result is written to.")
    ] = ""
    output_json: Annotated[
        dict[str, Any],
        Field(title="Output shape", description="A JSON Schema of an object, with a title: the result's shape."),
    ] = {}
    markdown: Annotated[bool, Field(title="Markdown", description="Whether the result is to be Markdown.")] = False
