"""CAMEL's sample agents, which run offline with the scripted model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        _sample(
            templates,
            "assistant",
            "Assistant with tools",
            "Works out a sum with the calculator, writes the result into a file, and says what it found.",
            "What are 17 percent of 2480, and what is left of it? Write both into result.txt.",
            {
                "kind": "ChatAgent",
                "name": "bookkeeper",
                "system_message": "You are a careful bookkeeper. Never calculate in your head.",
                "tools": ["calculator", "write_file"],
            },
        ),
        _sample(
            templates,
            "roles",
            "A baker and a sign painter",
            "RolePlaying: the baker says what the sign is to be like, step by step; the painter does it.",
            "Design a sign for a bakery that opens at five in the morning.",
            {
                "kind": "RolePlaying",
                "assistant_role_name": "Sign Painter",
                "user_role_name": "Baker",
                "max_turns": 6,
            },
        ),
        _sample(
            templates,
            "workforce",
            "A workforce of two",
            "A Workforce: the planner divides the task, the coordinator assigns; one looks things up, one counts.",
            "How many Eiffel Towers on top of each other are as high as Mont Blanc?",
            {
                "kind": "Workforce",
                "description": "Answers questions about sizes.",
                "workers": [
                    {
                        "type": "SingleAgentWorker",
                        "name": "geographer",
                        "description": "Knows how high things are.",
                        "system_message": "You know heights.",
                    },
                    {
                        "type": "SingleAgentWorker",
                        "name": "counter",
                        "description": "Calculates.",
                        "system_message": "You count with the calculator.",
                        "tools": ["calculator"],
                    },
                ],
            },
        ),
        Sample(
            id="project",
            title="A society from a project",
            description="A Python file with a function that makes a RolePlaying, as CAMEL's own examples do.",
            configuration={
                "model": scripted_model("camelai", "project"),
                "project": str(templates / "tutoring"),
                "society": {"kind": "project", "entrypoint": "society.py:construct_society"},
            },
            input={"task": "Explain to me why the sea is salty."},
            script=templates / "project.yaml",
        ),
    )


def _sample(templates: Path, id: str, title: str, description: str, task: str, society: Mapping[str, Any]) -> Sample:
    return Sample(
        id=id,
        title=title,
        description=description,
        configuration={"model": scripted_model("camelai", id), "task": task, "society": society},
        script=templates / f"{id}.yaml",
    )
