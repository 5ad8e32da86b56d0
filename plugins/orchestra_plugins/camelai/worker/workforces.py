"""Makes a Workforce of its configuration and has it work on a task to its end."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from camel.agents import ChatAgent
from camel.societies.workforce import Workforce
from camel.societies.workforce.utils import FailureHandlingConfig
from camel.societies.workforce.workforce import WorkforceMode
from camel.societies.workforce.workforce_callback import WorkforceCallback
from camel.tasks import Task
from camel.tasks.task import TaskState

from .agents import PATIENT, Maker
from .picture import name_of
from .watch import Watch

_ALL_STRATEGIES = 5


def made_of(society: Mapping[str, Any], make: Maker) -> Workforce:
    """The workforce with its workers; ValueError says what cannot be made."""
    pipeline = society.get("pipeline") or ()
    names = [one["name"] for one in society["workers"] if "name" in one]
    if len(set(names)) < len(names):
        raise ValueError("two workers have the same role name.")
    strategies = society.get("recovery")
    workforce = Workforce(
        society.get("description") or "A workforce.",
        coordinator_agent=_manager(make),
        task_agent=_manager(make),
        new_worker_agent=make.agent({}, "new worker"),
        default_model=make.model(),
        share_memory=bool(society.get("share_memory")),
        task_timeout_seconds=float(society.get("task_timeout_seconds", 600)),
        graceful_shutdown_timeout=0,  # it would wait for somebody who looks at what failed
        mode=WorkforceMode.PIPELINE if pipeline else WorkforceMode.AUTO_DECOMPOSE,
        failure_handling_config=FailureHandlingConfig(
            max_retries=int(society.get("max_retries", 3)),
            enabled_strategies=None if strategies is None or len(strategies) == _ALL_STRATEGIES else list(strategies),
        ),
    )
    for worker in society["workers"]:
        _add(workforce, worker, make)
    _plan(workforce, pipeline)
    return workforce


def _manager(make: Maker) -> ChatAgent:
    """Who leads: CAMEL puts its own words and name in, so it has none here."""
    return ChatAgent(model=make.model(), stop_event=make.watch.stop, **PATIENT)


def _add(workforce: Workforce, worker: Mapping[str, Any], make: Maker) -> None:
    if worker["type"] == "SingleAgentWorker":
        workforce.add_single_agent_worker(worker["description"], make.agent(worker, worker["name"], worker["name"]))
        return
    agent = {"model": make.model(worker.get("model")), **PATIENT}
    workforce.add_role_playing_worker(
        worker["description"],
        assistant_role_name=worker["assistant_role_name"],
        user_role_name=worker["user_role_name"],
        assistant_agent_kwargs={**agent, "tools": make.tools(worker)},
        user_agent_kwargs=dict(agent),
        summarize_agent_kwargs=dict(agent),
        chat_turn_limit=int(worker.get("chat_turn_limit", 3)),
    )


def _plan(workforce: Workforce, pipeline: Sequence[Mapping[str, Any]]) -> None:
    for task in pipeline:
        needed = list(task.get("depends_on", ()))
        workforce.pipeline_add(task["content"], task_id=task["id"], dependencies=needed)
    if pipeline:
        workforce.pipeline_build()


async def worked(workforce: Workforce, text: str, watch: Watch) -> dict[str, Any]:
    """`answer`, what the tasks came to; `tasks`, each with its result. A task that failed for good fails the run."""
    workforce._callbacks.append(_told_by(workforce, watch))
    watch.context.on_cancel(workforce.stop_gracefully)
    task = await workforce.process_task_async(Task(content=text, id=uuid.uuid4().hex[:8]))
    done = [
        {"id": one.id, "task": one.content, "state": one.state.value, "result": one.result}
        for one in workforce.get_completed_tasks()
        if one is not task
    ]
    if task.state == TaskState.FAILED and not watch.stop.is_set():
        failed = next((one for one in done if one["state"] == TaskState.FAILED.value), None)
        why = f": {failed['result']}" if failed else "."
        watch.context.fail(f"The workforce did not do its task{why}"[:4000])
    return {"answer": task.result or "", "tasks": done}


# What of a workforce's events becomes a log line; the rest is told by steps, or printed by CAMEL.
_WORDS = {
    "task_created": "Task {task_id}: {description}",
    "task_decomposed": "Task {parent_task_id} is divided into {subtask_ids}",
    "task_assigned": "Task {task_id} goes to {worker}",
    "task_updated": "Task {task_id} is changed: {update_type} {new_value}",
    "task_failed": "Task {task_id} failed: {error_message}",
    "worker_created": "There is a new worker: {role}",
}


def _told_by(workforce: Workforce, watch: Watch) -> WorkforceCallback:
    def told(_: Any, event: Any) -> None:
        said = event.model_dump(mode="json", exclude={"timestamp", "metadata"})
        kind = said.pop("event_type")
        if kind in _WORDS:
            names = {one.node_id: name_of(one) for one in workforce._children}
            said["worker"] = names.get(said.get("worker_id"), said.get("worker_id"))
            level = "WARN" if kind == "task_failed" else "INFO"
            watch.context.log(_WORDS[kind].format_map(said), level=level, event=kind)

    methods = dict.fromkeys(WorkforceCallback.__abstractmethods__, told)
    return type("Told", (WorkforceCallback,), methods)()
