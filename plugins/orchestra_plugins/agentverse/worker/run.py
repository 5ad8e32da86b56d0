"""Runs a simulation turn by turn, or a task round by round."""

# AgentVerse is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import json
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from agentverse import Simulation, TaskSolving

from . import models, picture, settings, watching

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request

_TASK = "task"
_LONGEST_REASON = 2000


def run(request: Request, context: Context) -> dict[str, Any]:
    """The last word of a simulation, or the solution of a task, in `answer`; `turns`; of a task also `success`."""
    configuration = request.configuration
    description = _task_of(request)
    models.provide(context)
    watching.watch(context)
    try:
        if configuration.get("mode") == "tasksolving":
            return _solve(configuration, description, context)
        return _simulate(configuration, description, context)
    except Exception as error:  # noqa: BLE001 - AgentVerse raises whatever its rules stumble over
        _give_up(error, context)


def _task_of(request: Request) -> str:
    given = request.input.get("task")
    return str(given) if given else str(request.configuration.get("task_description", ""))


def _simulate(configuration: Mapping[str, Any], scene: str, context: Context) -> dict[str, Any]:
    names = [one["name"] for one in configuration["agents"]]
    _check(configuration, names, context)
    environment = _made(Simulation.from_task, settings.simulation(configuration, scene)).environment
    picture.picture_of_simulation(names, configuration.get("order", "sequential"), context)
    environment.reset()
    answer = ""
    while not environment.is_done():
        with context.step(f"Turn {environment.cnt_turn + 1}", type="round"):
            for message in asyncio.run(environment.step()):
                answer = _told(message, context) or answer
    if not answer:
        context.fail("No agent has said anything that could be read. See the log for what they replied.")
    return {"answer": answer, "turns": environment.cnt_turn}


def _told(message: Any, context: Context) -> str:
    if message is None or not message.content:
        return ""
    to = sorted(message.receiver - {"all"})
    context.message(str(message.content), name=message.sender, **({"to": ", ".join(to)} if to else {}))
    return str(message.content)


def _solve(configuration: Mapping[str, Any], description: str, context: Context) -> dict[str, Any]:
    if not description.strip():
        context.fail("There is no task to solve. Give the agent or the run one.", failure="configuration")
    environment = _made(TaskSolving.from_task, settings.task(configuration, description)).environment
    picture.picture_of_stages(list(watching.STAGES.values()), context)
    context.message(description, role="user")
    environment.reset()
    advice, plan, success = "No advice yet.", "No solution yet.", False
    while not environment.is_done():
        with context.step(f"Round {environment.cnt_turn + 1}", type="round"):
            _, advice, plan, _, success = asyncio.run(environment.step(advice, plan))
    if not plan.strip():
        context.fail("The experts came to no solution that could be read. See the log for what they replied.")
    return {"answer": plan, "turns": environment.cnt_turn, "success": bool(success), "advice": advice}


def _made(load: Callable[[str, str], Any], configuration: Mapping[str, Any]) -> Any:
    """AgentVerse reads its configuration from a file, in a folder of tasks."""
    with tempfile.TemporaryDirectory(prefix="agentverse-") as folder:
        file = Path(folder, _TASK, "config.yaml")
        file.parent.mkdir()
        file.write_text(json.dumps(configuration), "utf-8")  # JSON is YAML
        return load(_TASK, folder)


def _check(configuration: Mapping[str, Any], names: list[str], context: Context) -> None:
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        context.fail(f"Two agents have the name '{twice[0]}'.", failure="configuration")
    if configuration.get("order") == "classroom" and not (
        names[0].startswith("Professor") and all(name.startswith("Student ") for name in names[1:])
    ):
        reason = (
            "In a classroom the first agent's name begins with Professor, and the others' with Student and a space."
        )
        context.fail(reason, failure="configuration")


def _give_up(error: Exception, context: Context) -> NoReturn:
    context.log("".join(traceback.format_exception(error)), level="ERROR")
    context.fail(f"{type(error).__name__}: {error}"[:_LONGEST_REASON])
