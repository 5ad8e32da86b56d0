"""What is seen of a task's config.yaml, by reading alone."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestra.services.configuration import faults_of
from orchestra_plugins.agentverse import orchestra_frameworks
from orchestra_plugins.agentverse.projects import read_project

TASKS = Path(__file__).parents[2] / "projects" / "agentverse"
TALK = yaml.safe_load((TASKS / "garden_talk" / "config.yaml").read_text())
NAMING = yaml.safe_load((TASKS / "name_finding" / "config.yaml").read_text())

# Each line holds the one before twice: few bytes, and a million million parts.
BOMB = "b0: &b0 [x, x]\n" + "".join(f"b{n}: &b{n} [*b{n - 1}, *b{n - 1}]\n" for n in range(1, 40))
BOMB += "environment: {}\nagents: []"


def test_tasks_are_found_in_their_folder_and_fit_the_schema() -> None:
    project = read_project(TASKS)
    assert project is not None
    (framework,) = orchestra_frameworks()
    assert [faults_of(framework, one.configuration) for one in project.agents] == [[], []]
    assert [one.kind for one in project.agents] == [
        "Simulation of Reporter, Beekeeper",
        "Task solving by role assigner, Summarizer, Reviewer, Dummy Executor, Evaluator",
    ]
    assert project.notes[0] == "The model 'scripted-agentverse-interview' is asked for at the gateway."
    for path in (TASKS / "garden_talk", TASKS / "garden_talk" / "config.yaml"):
        again = read_project(path)
        assert again is not None and len(again.agents) == 1


def changed(task: Any, part: str, **more: Any) -> Any:
    inner = task["environment"]["rule"] if part == "rule" else task["agents"][0]
    new = {**inner, **more}
    if part == "rule":
        return {**task, "environment": {**task["environment"], "rule": new}}
    return {**task, "agents": [new, *task["agents"][1:]]}


@pytest.mark.parametrize(
    "task",
    [
        changed(NAMING, "rule", executor={"type": "code-test"}),
        changed(NAMING, "rule", decision_maker={"type": "horizontal-tool", "tool_config": "/etc/passwd"}),
        changed(TALK, "rule", selector={"type": "code_api"}),
        changed(TALK, "agent", tools=[{"tool_name": "x", "tool_url": "http://example.org"}]),
        changed(TALK, "agent", agent_type="tool"),
        changed(TALK, "agent", tool_config="/etc/passwd"),
        changed(TALK, "agent", memory={"memory_type": "vectorstore"}),
        changed(TALK, "agent", memory_manipulator={"memory_manipulator_type": "reflection"}),
        {**TALK, "environment": {**TALK["environment"], "env_type": "pokemon"}},
    ],
)
def test_what_would_run_code_or_read_files_is_refused_before_it_is_kept(task: Any) -> None:
    (framework,) = orchestra_frameworks()
    assert faults_of(framework, {"task_config": task})


@pytest.mark.parametrize(
    "text",
    [
        "a: 1",
        "environment: {}",
        "[1, 2",
        "!!python/object/apply:os.system [id]",
        "environment: {}\nagents: [1]",
        BOMB,
        "environment: &e {again: *e}\nagents: []",
    ],
    ids=["other", "no agents", "broken", "python", "no mapping", "bomb", "loop"],
)
def test_what_is_no_task_is_none_of_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    assert read_project(tmp_path) is None
