"""What can be configured of a MetaGPT team: roles and actions made here, or the stock software company."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestra.config_fields import LONG, MODEL, REFERENCE

ReactMode = Literal["by_order", "react", "plan_and_act"]
_ACTION = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"

ActionName = Annotated[str, Field(pattern=_ACTION)]


class Action(BaseModel):
    """Something that a role can do: one prompt to its model."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str, Field(title="Name", description="How roles name it, such as WriteCode: a Python name.", pattern=_ACTION)
    ]
    prompt: Annotated[
        str,
        Field(
            title="Prompt",
            description=(
                "What the model is asked. {context} becomes what the role has read, {last} the last of it, {idea} the "
                "idea that the team was given."
            ),
            min_length=1,
            max_length=100_000,
            json_schema_extra=LONG,
        ),
    ]


class Role(BaseModel):
    """A role that does actions when somebody has done what it watches."""

    model_config = ConfigDict(extra="forbid", title="Role")

    type: Literal["Role"]
    name: Annotated[str, Field(title="Name", description="What it is called.", min_length=1, max_length=100)]
    profile: Annotated[
        str,
        Field(
            title="Profile", description="What it is, such as Tester; no two of a team are the same.", min_length=1,
            max_length=100,
        ),
    ]  # fmt: skip
    goal: Annotated[str, Field(title="Goal", description="What it is to reach.", max_length=10_000)] = ""
    constraints: Annotated[str, Field(title="Constraints", description="What binds it.", max_length=10_000)] = ""
    actions: Annotated[
        list[ActionName],
        Field(title="Actions", description="Names of the actions that it does.", min_length=1, max_length=50),
    ]
    watch: Annotated[
        list[ActionName],
        Field(
            title="Watch",
            description="Names of the actions after which it acts; UserRequirement is the idea itself.",
            min_length=1,
            max_length=50,
        ),
    ]
    react_mode: Annotated[
        ReactMode,
        Field(
            title="React mode",
            description=(
                "by_order: its actions one after the other. react: its model chooses among them. plan_and_act: its "
                "model plans tasks first, and does its actions for each."
            ),
        ),
    ] = "by_order"
    max_react_loop: Annotated[
        int,
        Field(title="Most choices", description="How often it may choose in one turn, by react.", ge=1, le=1000),
    ] = 1
    model: Annotated[
        str, Field(title="Model", description="The team's model if empty.", max_length=200, json_schema_extra=MODEL)
    ] = ""
    is_human: Annotated[bool, Field(title="Human", description="Its actions are answered by a person.")] = False


class RoleClass(BaseModel):
    """A role that you have written in Python."""

    model_config = ConfigDict(extra="forbid", title="A role of your own")

    type: Literal["class"]
    role: Annotated[
        str,
        Field(
            title="Role",
            description="A class derived from MetaGPT's Role, from the project folder: module:Class or file.py:Class.",
            pattern=REFERENCE,
            max_length=500,
            examples=["team.py:Reviewer"],
        ),
    ]


class MetaGptConfig(BaseModel):
    """A team with a standard operating procedure, or the software company."""

    model_config = ConfigDict(
        extra="forbid",
        title="MetaGPT",
        json_schema_extra={
            "if": {"properties": {"mode": {"const": "software_company"}}, "required": ["mode"]},
            "else": {"properties": {"roles": {"minItems": 1}}, "required": ["roles"]},
        },
    )

    mode: Annotated[
        Literal["sop", "software_company"],
        Field(
            title="Mode",
            description=(
                "sop: a team of the roles below. software_company: MetaGPT's own ProductManager, Architect, "
                "ProjectManager, Engineer and QaEngineer, who make a program of the idea."
            ),
        ),
    ] = "sop"
    model: Annotated[
        str,
        Field(
            title="Model",
            description="The model of roles that name none.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ]
    idea: Annotated[
        str,
        Field(
            title="Idea",
            description="What the team is to do, unless a run's input has an idea or task of its own.",
            max_length=100_000,
            json_schema_extra=LONG,
        ),
    ] = ""
    n_round: Annotated[
        int,
        Field(
            title="Rounds",
            description="In a round each role that has news acts once. The company needs 5, with tests 8.",
            ge=1,
            le=1000,
        ),
    ] = 8
    actions: Annotated[
        list[Action], Field(title="Actions", description="What the roles of a sop can do.", max_length=100)
    ] = []
    roles: Annotated[
        list[Role | RoleClass], Field(title="Roles", description="Who takes part in a sop.", max_length=50)
    ] = []
    send_to: Annotated[
        str,
        Field(title="Send to", description="The name of the role that gets the idea; whoever watches it if empty."),
    ] = ""
    project: Annotated[
        str,
        Field(
            title="Project folder",
            description="A folder on this machine that roles of your own come from. Its code runs with your rights.",
            max_length=4000,
            examples=["~/my-project"],
        ),
    ] = ""
    project_name: Annotated[
        str,
        Field(
            title="Project name",
            description="What the company calls its program, as a folder; its ProductManager finds one if empty.",
            pattern=r"^([A-Za-z][A-Za-z0-9_]{0,63})?$",
        ),
    ] = ""
    implement: Annotated[
        bool, Field(title="Implement", description="Whether the company writes the program, or only its documents.")
    ] = True
    code_review: Annotated[
        bool, Field(title="Code review", description="Whether the company's Engineer reviews the code that it wrote.")
    ] = True
    code_review_k_times: Annotated[
        int, Field(title="Most reviews of a file", description="It is rewritten at most so often.", ge=1, le=20)
    ] = 2
    run_tests: Annotated[
        bool,
        Field(
            title="Run tests",
            description="Whether the company's QaEngineer writes tests and runs them, with your rights.",
        ),
    ] = False
    test_timeout: Annotated[
        float,
        Field(title="Test timeout in seconds", description="A file of tests is stopped after so long.", ge=1, le=3600),
    ] = 60
    repair_llm_output: Annotated[
        bool, Field(title="Repair replies", description="Let MetaGPT mend replies whose JSON is not quite in order.")
    ] = False
    temperature: Annotated[
        float, Field(title="Temperature", description="How freely the models choose their words.", ge=0, le=2)
    ] = 0.0
    max_token: Annotated[
        int, Field(title="Most tokens in a reply", description="How long one reply may become.", ge=1, le=1_000_000)
    ] = 4096
