"""BabyAGI's sample agents, which run offline with the scripted model."""

from pathlib import Path

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        Sample(
            id="party",
            title="A birthday party in tasks",
            description="The task loop: does a task, makes new ones of its result, and ranks them, until none is left.",
            configuration={
                "objective": "Plan a birthday party for eight children at home",
                "model": scripted_model("babyagi", "party"),
                "embedding_model": scripted_model("babyagi", "party"),
                "max_iterations": 10,
            },
            script=templates / "party.yaml",
        ),
        Sample(
            id="functions",
            title="Functions that are called",
            description="functionz reasons, calculates by one function, writes a file by another, and answers.",
            configuration={
                "objective": "How many hours are there in a leap year? Write the number into hours.txt.",
                "model": scripted_model("babyagi", "functions"),
                "engine": "functionz",
                "tools": ["calculator", "write_file"],
            },
            script=templates / "functions.yaml",
        ),
    )
