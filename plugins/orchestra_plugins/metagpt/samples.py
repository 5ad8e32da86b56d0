"""MetaGPT's sample agents, which run offline with the scripted model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        _sample(
            templates,
            "sop",
            "Code, test, review",
            "One role codes, one writes tests for it, one reviews both; each waits for the one before.",
            idea="A function that adds up a list of numbers.",
            actions=[
                _action("WriteCode", "Write a Python function for this, and nothing else:\n{idea}"),
                _action("WriteTest", "Write two tests with pytest for this code:\n{last}"),
                _action("WriteReview", "Review the code and its tests in one sentence.\n{context}"),
            ],
            roles=[
                _role("Alice", "Coder", ["WriteCode"], ["UserRequirement"], constraints="Only Python's own library."),
                _role("Bob", "Tester", ["WriteTest"], ["WriteCode"]),
                _role("Charlie", "Reviewer", ["WriteReview"], ["WriteTest"], goal="find what is missing"),
            ],
        ),
        _sample(
            templates,
            "react",
            "Researcher who chooses",
            "One role chooses what to do next (react), the other plans and does it (plan_and_act).",
            idea="Why does bread rise?",
            actions=[
                _action("Ask", "Name one question that must be answered first.\n{context}"),
                _action("Answer", "Answer the last question in one sentence.\n{context}"),
                _action("Write", "Do the task at hand in one sentence.\n{context}"),
            ],
            roles=[
                _role("Rita", "Researcher", ["Ask", "Answer"], ["UserRequirement"], react_mode="react",
                      max_react_loop=3),
                _role("Edgar", "Editor", ["Write"], ["Answer"], react_mode="plan_and_act"),
            ],
        ),
        _sample(
            templates,
            "company",
            "Software company",
            "MetaGPT's own company makes a small program of one idea: requirements, design, tasks, code, a review, and "
            "tests that are run.",
            mode="software_company",
            idea="A command line program that converts temperatures between Celsius and Fahrenheit.",
            run_tests=True,
            n_round=10,
        ),
    )  # fmt: skip


def _sample(templates: Path, id: str, title: str, description: str, **configuration: Any) -> Sample:
    return Sample(
        id=id,
        title=title,
        description=description,
        configuration={"model": scripted_model("metagpt", id), **configuration},
        script=templates / f"{id}.yaml",
    )


def _action(name: str, prompt: str) -> Mapping[str, Any]:
    return {"name": name, "prompt": prompt}


def _role(name: str, profile: str, actions: list[str], watch: list[str], **more: Any) -> Mapping[str, Any]:
    return {"type": "Role", "name": name, "profile": profile, "actions": actions, "watch": watch, **more}
