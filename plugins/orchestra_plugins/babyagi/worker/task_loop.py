"""The original loop: do the first task, remember its result, make new tasks of it, rank all that are open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import prompts
from .memory import Memory
from .tasks import Task, TaskList, numbered

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

EXECUTION, CREATION, PRIORITIZATION = "execution_agent", "task_creation_agent", "prioritization_agent"
_MOST_OPEN = 200
_MOST_CHARACTERS = 40_000  # of a result, where the next tasks are made of it


def work(objective: str, configuration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """`answer` is the last task's result; `results` has all, `openTasks` what was left when the run ended."""
    return _Loop(objective, configuration, context).work()


class _Loop:
    def __init__(self, objective: str, configuration: Mapping[str, Any], context: Context) -> None:
        self._objective = objective
        self._context = context
        self._model: str = configuration["model"]
        temperature = configuration.get("temperature")
        self._parameters = {} if temperature is None else {"temperature": temperature}
        self._most_tasks = int(configuration["max_iterations"])  # a JSON Schema lets 5.0 pass as an integer
        self._reminders = int(configuration["context_results"])
        self._embedding_model: str = configuration["embedding_model"]
        self._memory = Memory(self._embed if self._embedding_model else None)
        self._tasks = TaskList(_MOST_OPEN)
        self._tasks.add(configuration["initial_task"])
        self._results: list[dict[str, Any]] = []

    def work(self) -> dict[str, Any]:
        self._context.log(f"The objective: {self._objective}")
        _draw(self._context)
        self._tell_list("The first task is there.", "created")
        while self._tasks.open and len(self._results) < self._most_tasks:
            self._turn(self._tasks.take())
        return {
            "answer": self._results[-1]["result"],
            "results": self._results,
            "openTasks": self._tasks.names,
            "stopReason": "max_iterations" if self._tasks.open else "no_tasks",
        }

    def _turn(self, task: Task) -> None:
        with self._context.step(f"Task {task.id}: {task.name}"[:200], type="task", task=task.id) as step:
            result = self._execute(task)
            step.result(result=result)
            self._results.append({"id": task.id, "task": task.name, "result": result})
            self._tell(f"Task {task.id} is done.", "done", task)
            self._remember(task, result)
            self._create(task, result)
            if self._tasks.open:
                self._rank()

    def _execute(self, task: Task) -> str:
        done = self._recalled()
        result = self._ask(EXECUTION, prompts.execution(self._objective, done, task.name)).strip()
        self._context.message(result, name=EXECUTION)
        return result

    def _remember(self, task: Task, result: str) -> None:
        with self._context.step("remember", type="memory"):
            self._memory.add(task.name, result)

    def _recalled(self) -> list[str]:
        with self._context.step("recall", type="memory") as step:
            done = self._memory.nearest(self._objective, self._reminders)
            step.result(tasks=done)
        return done

    def _create(self, task: Task, result: str) -> None:
        shown = result if len(result) <= _MOST_CHARACTERS else result[:_MOST_CHARACTERS] + "\n…"
        reply = self._ask(CREATION, prompts.creation(self._objective, task.name, shown, self._tasks.names))
        for name in numbered(reply):
            if (created := self._tasks.add(name)) is None:
                self._context.log(f"There are {_MOST_OPEN} open tasks; no more are taken.", level="WARN")
                return
            self._tell(f"Task {created.id} is new: {created.name}", "created", created)

    def _rank(self) -> None:
        dropped = self._tasks.rank(numbered(self._ask(PRIORITIZATION, self._ranking())))
        for task in dropped:
            self._tell(f"Task {task.id} was left out: {task.name}", "dropped", task)
        listed = "\n".join(f"{task.id}. {task.name}" for task in self._tasks.open)
        self._tell_list(f"The open tasks, ranked:\n{listed}", "ranked")

    def _ranking(self) -> str:
        return prompts.prioritization(self._objective, self._tasks.names)

    def _ask(self, name: str, prompt: str) -> str:
        with self._context.step(name, type="agent", node=name):
            return self._context.chat(prompt, self._model, name=name, **self._parameters)

    def _embed(self, text: str) -> list[float]:
        return self._context.embed([text], self._embedding_model)[0]

    def _tell(self, sentence: str, change: str, task: Task) -> None:
        self._context.log(sentence, change=change, task={"id": task.id, "name": task.name})

    def _tell_list(self, sentence: str, change: str) -> None:
        """With the whole list, for who draws it."""
        self._context.log(sentence, change=change, tasks=[{"id": one.id, "name": one.name} for one in self._tasks.open])


def _draw(context: Context) -> None:
    ways = ((EXECUTION, CREATION), (CREATION, PRIORITIZATION), (PRIORITIZATION, EXECUTION))
    nodes = [{"id": name, "name": name} for name, _ in ways]
    context.emit("graph", "BabyAGI", nodes=nodes, edges=[{"source": here, "target": there} for here, there in ways])
