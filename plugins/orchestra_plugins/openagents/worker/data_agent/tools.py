"""The agent's tools: each has a model write code for a request, runs it, and gives an observation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import prompts
from .files import changed, stamps
from .history import clipped
from .reply import code_in
from .tables import Tables, command

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Finished

YES = "Run it"
ALWAYS = "Run it, and all that follows in this run"
NO = "Do not run it"
_SHOWN_CHARACTERS = 20_000  # of what code printed
_BEFORE_CHARACTERS = 4000  # of what ran before, for whoever writes the next piece
_ASKED_CHARACTERS = 8000  # a question may have 10,000
_MOST_FILES = 50


class Tools:
    def __init__(self, configuration: Mapping[str, Any], tables: Tables, place: str, context: Context) -> None:
        agent = configuration["data_agent"]
        self.names = [{"python": prompts.PYTHON, "sql": prompts.SQL}[one] for one in agent["tools"]]
        self.made: dict[str, None] = {}  # the files that the agent has left, in the order in which it made them
        self._model: str = configuration["model"]
        self._parameters = {"temperature": configuration["temperature"]} if "temperature" in configuration else {}
        self._timeout_seconds: float = agent["execution_timeout"]
        self._asks_people: bool = agent["approve_code"]
        self._tables = tables
        self._place = place
        self._context = context
        self._before = ""
        self._files = stamps(context.folder)

    def use(self, tool: str, request: str) -> str:
        """What came of a request; a fault in it is an observation, too, so that the agent can do better."""
        if tool not in self.names:
            return f"There is no tool '{tool[:60]}'. The tools are: {', '.join(self.names)}."
        if not request.strip():
            return "The action_input is empty. Say in words what the tool is to do."
        if tool == prompts.PYTHON:
            return self._python(request)
        return self._sql(request)

    def _python(self, request: str) -> str:
        code = self._written(prompts.python(request, self._tables.description, self._before), "Python")
        if not code:
            return "No code was written. Ask again, in other words."
        if not self._may_run(code):
            return "The user does not allow this code. Do it in another way, or answer with what there is."
        path = self._kept("code.py", code)
        with self._context.step("Run Python", type="tool", arguments=code) as step:
            finished = self._context.execute(command("run_code.py", path), timeout=self._timeout_seconds)
            observation = self._observed(finished, code)
            step.result(result=observation)
        return observation

    def _sql(self, request: str) -> str:
        self._tables.refresh()
        query = self._written(prompts.sql(request, self._tables.description, self._before), "SQL")
        if not query:
            return "No query was written. Ask again, in other words."
        path, result = self._kept("query.sql", query), self._free_result()
        with self._context.step("Run SQL", type="tool", arguments=query) as step:
            arguments = command("run_query.py", self._tables.database, path, result)
            finished = self._context.execute(arguments, timeout=self._timeout_seconds)
            observation = self._observed(finished, query)
            step.result(result=observation)
        return observation

    def _written(self, prompt: str, language: str) -> str:
        with self._context.step(f"Write {language}", type="llm") as step:
            reply = self._context.chat(prompt, self._model, name=f"{language} writer", **self._parameters)
            code = code_in(reply)
            step.result(result=code)
        return code

    def _may_run(self, code: str) -> bool:
        if not self._asks_people:
            return True
        if len(code) > _ASKED_CHARACTERS:
            self._context.log(f"The whole of the code that is asked for:\n{code}")
        question = f"May this Python run with your rights?\n\n{clipped(code, _ASKED_CHARACTERS)}"
        answer = self._context.ask(question, choices=[YES, ALWAYS, NO])
        self._asks_people = answer != ALWAYS
        return answer != NO

    def _kept(self, name: str, text: str) -> str:
        """A file outside of the run's folder, which holds the user's files and what the agent makes of them."""
        path = Path(self._place, name)
        path.write_bytes(text.encode("utf-8", "replace"))
        return str(path)

    def _free_result(self) -> str:
        number = 1
        while Path(self._context.folder, f"result_{number}.csv").exists():
            number += 1
        return f"result_{number}.csv"

    def _observed(self, finished: Finished, code: str) -> str:
        now = stamps(self._context.folder)
        files = changed(self._files, now)
        self._files = now
        self.made.update(dict.fromkeys(files))
        observation = _observation(finished, files, self._timeout_seconds)
        self._before = clipped(f"{code}\n\n{observation}", _BEFORE_CHARACTERS)
        return observation


def _observation(finished: Finished, files: list[str], timeout_seconds: float) -> str:
    parts = [clipped(finished.output.rstrip(), _SHOWN_CHARACTERS)] if finished.output.strip() else []
    if finished.errors.strip():
        parts.append(f"STDERR:\n{clipped(finished.errors.rstrip(), _SHOWN_CHARACTERS)}")
    if finished.exit_code is None:
        parts.append(f"It was stopped after {timeout_seconds:g} seconds, with everything that it had started.")
    elif finished.exit_code:
        parts.append(f"It ended with exit code {finished.exit_code}.")
    if files:
        more = f" and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
        parts.append(f"Files made or changed: {', '.join(files[:_MOST_FILES])}{more}")
    return "\n".join(parts) or "It ended well and printed nothing."
