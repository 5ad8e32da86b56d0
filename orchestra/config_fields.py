"""Fields that many frameworks' config schemas have in common, as types for a plugin to annotate with."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

BuiltInTool = Literal["calculator", "fetch", "list_files", "read_file", "write_file"]

LONG: dict[str, JsonValue] = {"format": "textarea"}
MODEL: dict[str, JsonValue] = {"x-orchestra": "model"}
UNIQUE: dict[str, JsonValue] = {"uniqueItems": True}

REFERENCE = r"^[^:]+:[A-Za-z_][A-Za-z0-9_.]*$"  # what `context.load` reads
Reference = Annotated[str, Field(pattern=REFERENCE, max_length=500)]

Task = Annotated[
    str,
    Field(
        title="Task",
        description="What is asked, unless a run's input has a task of its own.",
        max_length=100_000,
        json_schema_extra=LONG,
    ),
]
BuiltInTools = Annotated[
    list[BuiltInTool],
    Field(
        title="Built-in tools",
        description="What it may use: arithmetic, pages of the public web, files in the run's folder.",
        json_schema_extra=UNIQUE,
    ),
]
Functions = Annotated[
    list[Reference],
    Field(
        title="Functions",
        description="Functions or tools of your own from the project folder: module:function or file.py:function.",
        examples=[["tools.py:search"]],
    ),
]
Temperature = Annotated[
    float | SkipJsonSchema[None],
    Field(
        title="Temperature",
        description="How freely the models choose their words; their own if empty.",
        json_schema_extra={"minimum": 0, "maximum": 2},
    ),
]
MostTokens = Annotated[
    int | SkipJsonSchema[None],
    Field(
        title="Most tokens in a reply",
        description="How long one reply may become; the model's own if empty.",
        json_schema_extra={"minimum": 1},
    ),
]
