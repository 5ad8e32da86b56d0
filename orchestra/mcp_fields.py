"""The settings of MCP servers, as plugins put them into their config schemas."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
# Variables that decide which program runs, or what code it loads: a person allows a command by its text alone.
_VARIABLE = r"^(?!(?:PATH|IFS|ENV|BASH_ENV|NODE_OPTIONS|LD_.*|DYLD_.*|PYTHON.*|PERL.*|RUBY.*)$)[A-Za-z_][A-Za-z0-9_]*$"

_Name = Annotated[str, Field(title="Name", description="What it is called here.", pattern=_NAME)]


class McpVariable(BaseModel):
    """One environment variable of a program; its value is a secret."""

    model_config = ConfigDict(extra="forbid", title="Variable")

    name: Annotated[
        str,
        Field(
            title="Name",
            description="Of the variable; none that says where programs or their code come from, such as PATH.",
            max_length=200,
            examples=["API_TOKEN"],
            json_schema_extra={"pattern": _VARIABLE},  # pydantic's own patterns know no look-ahead
        ),
    ]
    value: Annotated[
        str,
        Field(title="Value", description="For the program alone; not shown.", json_schema_extra={"writeOnly": True}),
    ]  # fmt: skip


class McpOverStdio(BaseModel):
    """A server that is a program of this machine."""

    model_config = ConfigDict(extra="forbid", title="A program")

    transport: Literal["stdio"]
    name: _Name
    command: Annotated[
        str, Field(title="Command", description="The program; a person is asked before its first start.", min_length=1)
    ]
    args: Annotated[list[str], Field(title="Arguments", description="What it is started with, one per line.")] = []
    env: Annotated[
        list[McpVariable],
        Field(title="Variables", description="What it finds in its environment; nothing else of yours is there."),
    ] = []


class McpOverHttp(BaseModel):
    """A server that listens at an address."""

    model_config = ConfigDict(extra="forbid", title="An address")

    transport: Literal["streamable_http"]
    name: _Name
    url: Annotated[str, Field(title="Address", description="Where it listens.", pattern=r"^https?://\S+$")]
    authorization: Annotated[
        str,
        Field(
            title="Authorization",
            description="The header that lets the agent in, such as Bearer and a token.",
            json_schema_extra={"writeOnly": True},
        ),
    ] = ""


McpServers = Annotated[
    list[McpOverStdio | McpOverHttp],
    Field(title="MCP servers", description="Servers of the Model Context Protocol, whose tools agents get."),
]
