"""What can be configured of an Orca agent."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from orchestra.config_fields import LONG, MODEL, UNIQUE, Temperature

Mode = Literal["solve", "progressive", "datagen", "skills"]
Strategy = Literal[
    "direct",
    "step_by_step",
    "recall_then_generate",
    "recall_reason_generate",
    "explain_then_answer",
    "draft_and_revise",
]
Transformation = Literal["argument", "debate", "conversation", "meeting", "instructions", "long_text", "identity"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Solve(_Part):
    """Choose a strategy, solve with it, verify the answer; with the next strategy if it does not hold."""

    strategies: Annotated[
        list[Strategy],
        Field(
            title="Strategies",
            description="What the teacher may choose from.",
            min_length=1,
            json_schema_extra=UNIQUE,
        ),
    ] = list(get_args(Strategy))
    max_attempts: Annotated[
        int, Field(title="Attempts", description="How many strategies are tried at most.", ge=1, le=10)
    ] = 2
    must_be_verified: Annotated[
        bool,
        Field(title="Only verified answers", description="The run fails if the verifier accepts no answer."),
    ] = False


class Progressive(_Part):
    """Learn from explanations: first an assistant teacher's, then the teacher's; then the student answers."""

    examples: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=20_000, json_schema_extra=LONG)]],
        Field(
            title="Practice tasks",
            description="From easy to hard; the teacher thinks some up if there are none.",
            max_length=100,
        ),
    ] = []
    n_examples: Annotated[
        int, Field(title="Practice tasks to think up", description="If none are given.", ge=1, le=50)
    ] = 2
    shots: Annotated[
        int,
        Field(
            title="Explanations shown",
            description="How many of the explanations the student sees before it answers, the last ones.",
            ge=0,
            le=50,
        ),
    ] = 2


class DataGen(_Part):
    """Write training data about a text, as AgentInstruct does: transform, instruct, refine, answer."""

    seed_text: Annotated[
        str,
        Field(
            title="Text",
            description="What the data is to be about; the task if empty.",
            max_length=200_000,
            json_schema_extra=LONG,
        ),
    ] = ""
    transformations: Annotated[
        list[Transformation],
        Field(
            title="Transformations",
            description="What the text is made into before instructions are written about it.",
            min_length=1,
            json_schema_extra=UNIQUE,
        ),
    ] = ["argument"]
    n_instructions: Annotated[
        int, Field(title="Instructions", description="How many are written of each transformed text.", ge=1, le=100)
    ] = 2
    refine_rounds: Annotated[
        int,
        Field(
            title="Rounds of refinement",
            description="How often a suggester and an editor make each instruction harder.",
            ge=0,
            le=10,
        ),
    ] = 1


class SkillStep(_Part):
    """One step of a skill."""

    id: Annotated[
        str,
        Field(title="Name", description="Small letters, digits and _.", pattern=r"^[a-z][a-z0-9_]{0,39}$"),
    ]
    instruction: Annotated[
        str,
        Field(
            title="Instruction",
            description="What the model is to do; it sees the task, too.",
            min_length=1,
            max_length=20_000,
            json_schema_extra=LONG,
        ),
    ]
    context_from: Annotated[
        list[str],
        Field(
            title="Builds on",
            description="Earlier steps whose results it sees.",
            json_schema_extra=UNIQUE,
        ),
    ] = []


class Skills(_Part):
    """A skill as orca-agent-skills runs it: steps that build on each other; those that do not, run at once."""

    steps: Annotated[
        list[SkillStep],
        Field(title="Steps", description="The last one's result is the answer.", max_length=50),
    ] = []


class OrcaConfig(_Part):
    """Methods of Microsoft's Orca papers, by prompting alone."""

    model_config = ConfigDict(extra="forbid", title="Orca")

    mode: Annotated[
        Mode,
        Field(
            title="Mode",
            description=(
                "solve: choose a strategy and verify. progressive: a student learns from explanations within the run. "
                "datagen: write training data. skills: steps that build on each other. No weights are trained in any."
            ),
        ),
    ] = "solve"
    task: Annotated[
        str,
        Field(
            title="Task",
            description="What is asked; a task given when a run starts takes its place.",
            min_length=1,
            max_length=200_000,
            pattern=r"\S",
            json_schema_extra=LONG,
        ),
    ]
    teacher_model: Annotated[
        str,
        Field(
            title="Teacher's model",
            description="The able one: it chooses, explains, verifies.",
            min_length=1,
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ]
    student_model: Annotated[
        str,
        Field(
            title="Student's model",
            description="The one that answers; the teacher's if empty.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    assistant_model: Annotated[
        str,
        Field(
            title="Assistant teacher's model",
            description="Explains before the teacher does; the student's if empty.",
            max_length=200,
            json_schema_extra=MODEL,
        ),
    ] = ""
    temperature: Temperature = None
    solve: Annotated[Solve, Field(title="Solve")] = Solve()
    progressive: Annotated[Progressive, Field(title="Progressive")] = Progressive()
    datagen: Annotated[DataGen, Field(title="Data generation")] = DataGen()
    skills: Annotated[Skills, Field(title="Skills")] = Skills()
