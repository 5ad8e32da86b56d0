"""Opens CAMEL where an agent's turn, a tool, a worker's task and a question to a person pass, so that they are seen."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false, reportMissingModuleSource=false

from __future__ import annotations

import builtins
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from camel.agents import ChatAgent
from camel.societies.workforce.worker import Worker
from camel.societies.workforce.workforce_callback import WorkforceCallback
from camel.tasks.task import TaskState
from camel.toolkits import HumanToolkit
from colorama import Back, Fore, Style

from .importing import give_folder
from .picture import name_of
from .watch import Watch

_MOST_OF_A_TITLE = 80
_FAILED = "Tool execution failed:"  # how CAMEL tells a model that a tool raised


def open_seams(watch: Watch) -> None:
    """Once in this process, which runs nothing else afterwards."""
    _see_turns(watch)
    _see_tools(watch)
    _see_tasks(watch)
    _hear_people(watch)
    give_folder(watch.context.folder)
    _drop_colours()


def _drop_colours() -> None:
    """They are for terminals, and what is printed becomes log lines."""
    for colours in (Fore, Back, Style):
        for name in list(vars(colours)):
            setattr(colours, name, "")
    known = WorkforceCallback._WorkforceCallback__COLOR_MAP
    known.update(dict.fromkeys(known, ""))


def _see_turns(watch: Watch) -> None:
    step, astep = ChatAgent.step, ChatAgent.astep

    @functools.wraps(step)
    def seen(self: Any, *given: Any, **named: Any) -> Any:
        with watch.turn(self.role_name) as turn:
            return _told(step(self, *given, **named), self.role_name, turn, watch)

    @functools.wraps(astep)
    async def seen_later(self: Any, *given: Any, **named: Any) -> Any:
        with watch.turn(self.role_name) as turn:
            return _told(await astep(self, *given, **named), self.role_name, turn, watch)

    ChatAgent.step, ChatAgent.astep = seen, seen_later


def _told(response: Any, name: str, turn: Any, watch: Watch) -> Any:
    """Say what the agent said."""
    used = response.info.get("usage") or {}
    if used.get("total_tokens"):
        watch.context.usage(promptTokens=used.get("prompt_tokens"), completionTokens=used.get("completion_tokens"))
    for message in response.msgs:
        if message.content:
            watch.context.message(message.content, name=name)
    if response.terminated:
        turn.result(terminated=response.info.get("termination_reasons"))
    return response


def _see_tools(watch: Watch) -> None:
    execute, aexecute = ChatAgent._execute_tool, ChatAgent._aexecute_tool

    @contextmanager
    def call(wanted: Any) -> Iterator[Any]:
        watch.check()
        with watch.context.step(wanted.tool_name, type="tool", arguments=wanted.args) as step:
            yield step

    @functools.wraps(execute)
    def seen(self: Any, wanted: Any) -> Any:
        with call(wanted) as step:
            return _result(execute(self, wanted), step)

    @functools.wraps(aexecute)
    async def seen_later(self: Any, wanted: Any) -> Any:
        with call(wanted) as step:
            return _result(await aexecute(self, wanted), step)

    ChatAgent._execute_tool, ChatAgent._aexecute_tool = seen, seen_later


def _result(record: Any, step: Any) -> Any:
    plain = record.result if isinstance(record.result, (str, int, float, bool, type(None))) else str(record.result)
    status = {"status": "failed"} if isinstance(plain, str) and plain.startswith(_FAILED) else {}
    step.result(result=plain, **status)
    return record


def _see_tasks(watch: Watch) -> None:
    process = Worker._process_single_task

    @functools.wraps(process)
    async def seen(self: Any, task: Any) -> None:
        data = {"task": task.id, "worker": name_of(self), "attempt": task.failure_count + 1}
        with watch.context.step(_title(task.content), type="task", **data) as step:
            await process(self, task)
            failed = {"status": "failed"} if task.state == TaskState.FAILED else {}
            step.result(result=task.result, **failed)

    Worker._process_single_task = seen


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_OF_A_TITLE else line[: _MOST_OF_A_TITLE - 1] + "…"


def _hear_people(watch: Watch) -> None:
    def ask(prompt: object = "") -> str:
        return str(watch.context.ask(str(prompt).strip() or "The program waits for a line."))

    def tell(self: Any, message: str) -> str:
        watch.context.message(message, name="assistant")
        return f"Message successfully sent to user: '{message}'"

    def ask_by_tool(self: Any, question: str) -> str:
        return str(watch.context.ask(question))

    HumanToolkit.ask_human_via_console = functools.wraps(HumanToolkit.ask_human_via_console)(ask_by_tool)
    HumanToolkit.send_message_to_user = functools.wraps(HumanToolkit.send_message_to_user)(tell)
    builtins.input = ask  # CAMEL's `Human` and projects read lines from a terminal that nobody sees
