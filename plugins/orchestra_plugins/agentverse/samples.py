"""AgentVerse's sample agents, which run offline with the scripted model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        _sample(
            templates,
            "interview",
            "Interview",
            "A simulation: a reporter and a beekeeper speak in turn.",
            task_description="They sit in the beekeeper's garden, and talk about how bees spend the winter.",
            max_turns=4,
            agents=[
                _agent("Reporter", "You ask one short question at a time."),
                _agent("Beekeeper", "You have kept bees for thirty years, and answer in one sentence."),
            ],
        ),
        _sample(
            templates,
            "classroom",
            "Classroom",
            "A simulation with AgentVerse's order for classrooms: students raise their hands and are called on.",
            task_description="A lecture on how tokens are made of a text.",
            order="classroom",
            max_turns=6,
            agents=[
                _agent("Professor Brown", "You teach language processing."),
                _agent("Student Ann", "You are curious, and ask when something is unclear."),
                _agent("Student Ben", "You listen."),
            ],
        ),
        _sample(
            templates,
            "naming",
            "Experts for a name",
            "Task solving: three experts are recruited, find a name, and a better one after an evaluation.",
            mode="tasksolving",
            task_description="A name for a to-do list on the command line.",
            cnt_agents=3,
            dimensions=["Clarity", "Originality"],
        ),
    )


def _sample(templates: Path, id: str, title: str, description: str, **configuration: Any) -> Sample:
    return Sample(
        id=id,
        title=title,
        description=description,
        configuration={"model": scripted_model("agentverse", id), **configuration},
        script=templates / f"{id}.yaml",
    )


def _agent(name: str, role_description: str) -> Mapping[str, Any]:
    return {"name": name, "role_description": role_description}
