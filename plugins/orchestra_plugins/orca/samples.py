"""Orca's sample agents, which run offline with the scripted model."""

from pathlib import Path
from typing import Any

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    def sample(id: str, title: str, description: str, **configuration: Any) -> Sample:
        model = scripted_model("orca", id)
        return Sample(
            id, title, description, {"teacher_model": model, **configuration}, script=templates / f"{id}.yaml"
        )

    return (
        sample(
            "solve",
            "A riddle, solved and verified",
            "The teacher chooses a strategy; the first answer is found wrong, and the next strategy gets it right.",
            mode="solve",
            task="A farmer has 17 sheep, and all but 9 run away. How many has he left?",
        ),
        sample(
            "progressive",
            "Fractions, learnt from explanations",
            "Two teachers explain practice tasks, then the student answers; the explanations are kept as JSON lines.",
            mode="progressive",
            task="What is 3/4 of 2/3?",
            progressive={"n_examples": 2, "shots": 2},
        ),
        sample(
            "datagen",
            "Training data about honeybees",
            "A text is transformed, instructions about it are written, made harder and answered: pairs as JSON lines.",
            mode="datagen",
            task="Honeybees dance to tell each other where flowers are. The angle of the dance is that to the sun.",
            datagen={"transformations": ["argument"], "n_instructions": 2, "refine_rounds": 1},
        ),
        sample(
            "skills",
            "A skill of three steps",
            "orca-agent-skills runs two steps at once, and one that builds on both.",
            mode="skills",
            task="An app that reminds people to water their plants.",
            skills={
                "steps": [
                    {"id": "names", "instruction": "Propose three names.", "context_from": []},
                    {"id": "doubts", "instruction": "Say what people may doubt.", "context_from": []},
                    {
                        "id": "choice",
                        "instruction": "Choose a name that answers the doubts.",
                        "context_from": ["names", "doubts"],
                    },
                ]
            },
        ),
    )
