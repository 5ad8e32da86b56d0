"""The data agent's loop: think, use a tool, look at what it gave, until there is an answer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import prompts
from .files import NotCopiedError, copy_in
from .history import History
from .reply import Reply, read
from .tables import Tables
from .threads import Thread
from .tools import Tools

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_NAME = "Data agent"
_MOST_EMPTY = 3


class DataAgent:
    def __init__(self, configuration: Mapping[str, Any], task: str, given: Mapping[str, Any], context: Context) -> None:
        self._configuration = configuration
        self._agent = configuration["data_agent"]
        self._task = task
        self._context = context
        self._paths = [*self._agent["files"], *_files_in(given, context)]
        name = given.get("thread")
        self._thread = Thread(str(name), context.agent_folder) if name else None
        self._parameters = {"temperature": configuration["temperature"]} if "temperature" in configuration else {}

    def work(self) -> dict[str, Any]:
        """Answer the task; the output has `answer`, `steps` and `files`, the names of those that were made."""
        self._context.message(self._task, role="user")
        self._copy_files()
        with tempfile.TemporaryDirectory(prefix="openagents-") as place:
            # matplotlib lists the machine's fonts once, and keeps that where it is told to.
            os.environ.update(MPLBACKEND="Agg", MPLCONFIGDIR=f"{self._context.agent_folder}/matplotlib")
            tables = Tables(self._context, place, self._agent["execution_timeout"])
            tables.refresh()
            output = self._loop(tables, Tools(self._configuration, tables, place, self._context))
        if self._thread:
            self._keep(self._thread, output["answer"])
        return output

    def _keep(self, thread: Thread, answer: str) -> None:
        try:
            thread.keep(self._task, answer, self._context.folder)
        except ValueError as error:
            self._context.log(f"The thread was not kept: {error}", level="WARN")

    def _copy_files(self) -> None:
        known = self._thread.restore(self._context.folder) if self._thread else []
        # What the thread has already is not copied again, so that it goes on with what it made of it.
        paths = [path for path in self._paths if Path(path).name not in known]
        try:
            names = [*known, *copy_in(paths, self._context.folder, self._context.place_of)]
        except NotCopiedError as error:
            self._context.fail(str(error), failure="configuration")
        if names:
            self._context.log(f"Copied into the run's folder: {', '.join(names)}")

    def _loop(self, tables: Tables, tools: Tools) -> dict[str, Any]:
        system = prompts.system(tools.names, self._agent["instructions"])
        question = prompts.question(self._task, tables.description)
        earlier = self._thread.turns if self._thread else ()
        history = History(system, question, int(self._agent["max_history_tokens"]), earlier)
        most = int(self._agent["max_iterations"])
        empty = 0
        for number in range(1, most + 1):
            with self._context.step(f"Step {number}"):
                said, reply = self._think(history)
                if reply.tool is None and reply.text:
                    return {"answer": reply.text, "steps": number, "files": list(tools.made)}
                empty = 0 if reply.tool else empty + 1
                if empty == _MOST_EMPTY:
                    self._context.fail(f"The model gave {empty} empty replies in a row. Try another model.")
                observation = self._act(reply, tools) if reply.tool else "The reply was empty."
                history.add(said, prompts.response(observation))
        self._context.fail(f"The agent was stopped after {most} steps without an answer.")

    def _think(self, history: History) -> tuple[str, Reply]:
        with self._context.step("Think", type="llm"):
            said = self._context.chat(history.messages(), self._configuration["model"], name=_NAME, **self._parameters)
        reply = read(said)
        if reply.text:
            self._context.message(reply.text, name=_NAME)
        return said, reply

    def _act(self, reply: Reply, tools: Tools) -> str:
        tool = str(reply.tool)
        with self._context.step(tool[:60], type="tool", arguments=reply.request) as step:
            observation = tools.use(tool, reply.request)
            step.result(result=observation)
            self._context.message(observation, role="tool", name=tool[:60])
        return observation


def _files_in(given: Mapping[str, Any], context: Context) -> Sequence[str]:
    """The files that a run's input names, one or a list."""
    files = given.get("files", ())
    listed = [files] if isinstance(files, str) else files
    if not isinstance(listed, (list, tuple)) or not all(isinstance(one, str) and one.strip() for one in listed):
        context.fail("The input's 'files' is a list of paths.", failure="configuration")
    return listed
