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
from typing import TYPE_CHECKING, Any

from agentverse import Simulation, TaskSolving

from . import imported, models, picture, settings, watching

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request

_TASK = "task"
_LONGEST_REASON = 2000


def run(request: Request, context: Context) -> dict[str, Any]:
    """The last word of a simulation, or the solution of a task, in `answer`; `turns`; of a task also `success`."""
    models.provide(context)
    watching.watch(context)
    made, is_task = _configuration_of(request, context)
    try:
        return _solve(made, context) if is_task else _simulate(made, context)
    except Exception as error:  # noqa: BLE001 - AgentVerse raises whatever its rules stumble over
        context.log("".join(traceback.format_exception(error)), level="ERROR")
        context.fail(f"{type(error).__name__}: {error}"[:_LONGEST_REASON])


def _configuration_of(request: Request, context: Context) -> tuple[dict[str, Any], bool]:
    """AgentVerse's own configuration, and whether it is a task's; fails for what cannot work."""
    configuration = request.configuration
    given = request.input.get("task")
    description = str(given) if given else str(configuration.get("task_description", ""))
    if configuration.get("task_config"):
        try:
            made = imported.task_config_of(configuration, description)
        except ValueError as error:
            context.fail(f"The task cannot be run: {error}", failure="configuration")
        is_task = imported.is_task(made)
    elif is_task := configuration.get("mode") == "tasksolving":
        made = settings.task(configuration, description)
    else:
        made = settings.simulation(configuration, description)
    if is_task and not str(made["task_description"]).strip():
        context.fail("There is no task to solve. Give the agent or the run one.", failure="configuration")
    if not is_task:
        _check(made, context)
    return made, bool(is_task)


def _simulate(made: dict[str, Any], context: Context) -> dict[str, Any]:
    order = _order_of(made)
    names = [one["name"] for one in made["agents"]]
    environment = _loaded(Simulation.from_task, made).environment
    picture.picture_of_simulation(names, order, context)
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


def _solve(made: dict[str, Any], context: Context) -> dict[str, Any]:
    environment = _loaded(TaskSolving.from_task, made).environment
    picture.picture_of_stages(list(watching.STAGES.values()), context)
    context.message(str(made["task_description"]), role="user")
    environment.reset()
    advice, plan, success = "No advice yet.", "No solution yet.", False
    while not environment.is_done():
        with context.step(f"Round {environment.cnt_turn + 1}", type="round"):
            _, advice, plan, _, success = asyncio.run(environment.step(advice, plan))
    if not plan.strip():
        context.fail("The experts came to no solution that could be read. See the log for what they replied.")
    return {"answer": plan, "turns": environment.cnt_turn, "success": bool(success), "advice": advice}


def _loaded(load: Callable[[str, str], Any], made: Mapping[str, Any]) -> Any:
    """AgentVerse reads its configuration from a file, in a folder of tasks."""
    with tempfile.TemporaryDirectory(prefix="agentverse-") as folder:
        file = Path(folder, _TASK, "config.yaml")
        file.parent.mkdir()
        file.write_text(json.dumps(made), "utf-8")  # JSON is YAML
        return load(_TASK, folder)


def _order_of(made: Mapping[str, Any]) -> str:
    order: Mapping[str, Any] = made["environment"]["rule"].get("order") or {}
    return str(order.get("type", "sequential"))


def _check(made: Mapping[str, Any], context: Context) -> None:
    names = [one["name"] for one in made["agents"]]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        context.fail(f"Two agents have the name '{twice[0]}'.", failure="configuration")
    is_class = names[0].startswith("Professor") and all(name.startswith("Student ") for name in names[1:])
    if _order_of(made) == "classroom" and not is_class:
        reason = "In a classroom the first agent is called Professor and a name, and the others Student and a name."
        context.fail(reason, failure="configuration")
