"""The context that a framework's worker half reports to; its contract is in `adapter`."""

from __future__ import annotations

import contextlib
import contextvars
import itertools
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from .journal import Journal
from .protocol import MAX_QUESTION, shortened
from .questions import POLL_SECONDS, Asked

if TYPE_CHECKING:
    from .adapter import Finished
    from .toolbox.models import Models

_MARGIN = 100  # characters of a question, for how much was cut
_current_step: contextvars.ContextVar[str | None] = contextvars.ContextVar("step", default=None)


class Cancelled(BaseException):
    """Raised in the framework's thread; no Exception, since frameworks catch those everywhere."""


class RunFailed(BaseException):
    """The adapter gives up, with a sentence for a person."""

    def __init__(self, reason: str, failure: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failure = failure


class RunStep:
    """A step under way."""

    def __init__(self, journal: Journal, identifier: str, name: str) -> None:
        self.id = identifier
        self.data: dict[str, Any] = {}
        self._journal = journal
        self._name = name

    def result(self, **data: Any) -> None:
        self.data.update(data)

    def end(self, status: str = "completed", **data: Any) -> None:
        self._journal.write("step_ended", None, self._name, self.id, {"status": status, **self.data, **data})


class RunContext:
    def __init__(
        self,
        journal: Journal,
        folder: str,
        gateway_url: str,
        gateway_key: str,
        journal_folder: str = "",
        agent_folder: str = "",
    ) -> None:
        self.folder = folder
        self.agent_folder = agent_folder or folder
        self.gateway_url = gateway_url
        self.gateway_key = gateway_key
        self._journal = journal
        self._cancelled = threading.Event()
        self._callbacks: list[Callable[[], None]] = []
        self._step_ids = itertools.count(1)
        self._journal_folder = journal_folder
        self._question_ids = itertools.count(1)
        self._models_lock = threading.Lock()
        self._asked_models: Models | None = None

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> bool:
        """Mark the run as asked to stop, and call the framework's own soft stops, each in a thread of its own.

        False if it has none.
        """
        callbacks = list(self._callbacks)
        if not self._cancelled.is_set():
            self._cancelled.set()
            for callback in callbacks:
                threading.Thread(target=callback, daemon=True).start()
        return bool(callbacks)

    def on_cancel(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)
        if self._cancelled.is_set():
            threading.Thread(target=callback, daemon=True).start()

    def emit(self, kind: str, message: str | None = None, **data: Any) -> None:
        level = data.pop("level", None)
        self._journal.write(kind, level, message, data.pop("step", None) or _current_step.get(), data)

    def log(self, message: str, level: str = "INFO", **data: Any) -> None:
        self._journal.write("log", level, message, _current_step.get(), data)

    def message(self, text: str, role: str = "assistant", name: str | None = None, **data: Any) -> None:
        self.emit("message", text, role=role, **({"name": name} if name else {}), **data)

    def token(self, text: str, name: str | None = None) -> None:
        self.emit("token", text, **({"name": name} if name else {}))

    def usage(self, **data: Any) -> None:
        self.emit("usage", None, **data)

    @contextlib.contextmanager
    def step(self, name: str, type: str = "step", **data: Any) -> Generator[RunStep, None, None]:
        step = self.begin(name, type, _current_step.get(), **data)
        token = _current_step.set(step.id)
        status = "completed"
        try:
            yield step
        except (Cancelled, GeneratorExit, KeyboardInterrupt):
            status = "cancelled"
            raise
        except BaseException as error:
            status = "cancelled" if type_name(error) == "CancelledError" else "failed"  # asyncio's, by name: no import
            if status == "failed":
                step.data.setdefault("error", _told(error))
            raise
        finally:
            with contextlib.suppress(ValueError):  # a generator may end in another context than it began in
                _current_step.reset(token)
            step.end(status)

    def begin(self, name: str, type: str = "step", parent: str | None = None, **data: Any) -> RunStep:
        step = RunStep(self._journal, f"s{next(self._step_ids)}", name)
        start = {"name": name, "type": type, **({"parent": parent} if parent else {}), **data}
        self._journal.write("step_started", None, name, step.id, start)
        return step

    def tools(self, names: Sequence[str], project: str = "") -> Sequence[Callable[..., Any]]:
        from .toolbox import tools

        return tools(self.folder, names, project)

    def load(self, reference: str, project: str) -> Any:
        from .toolbox.projects import load

        return load(reference, project)

    def place_of(self, project: str) -> str:
        from .toolbox.projects import place_of

        return place_of(project)

    def chat(
        self, messages: str | Sequence[Mapping[str, Any]], model: str, name: str | None = None, **parameters: Any
    ) -> str:
        return self._models().chat(messages, model, name, parameters)

    def converse(
        self, messages: str | Sequence[Mapping[str, Any]], model: str, name: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        return self._models().converse(messages, model, name, parameters)

    def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        return self._models().embed(texts, model)

    def _models(self) -> Models:
        from .toolbox.models import Models

        with self._models_lock:
            if self._asked_models is None:
                self._asked_models = Models(self)
            return self._asked_models

    def execute(
        self, arguments: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None
    ) -> Finished:
        from .toolbox.processes import execute

        return execute(arguments, self, timeout, environment)

    def count_tokens_offline(self) -> None:
        from .toolbox.tokens import count_offline

        count_offline()

    async def approve(self, question: str, what: str) -> bool:
        from .toolbox import approvals

        if approvals.is_approved(self.agent_folder, what):
            return True
        choices = [approvals.ALLOW, approvals.ONCE, approvals.REFUSE]
        room = MAX_QUESTION - len(question) - _MARGIN
        if len(what) > room:
            self.log(f"The whole of what is asked for:\n{what}")
        answer = await self.ask_async(f"{question}\n\n{shortened(what, room)}", choices)
        if answer == approvals.ALLOW:
            approvals.remember(self.agent_folder, what)
        return answer in choices[:2]

    async def allow_server(self, server: Mapping[str, Any]) -> dict[str, str]:
        from .toolbox.approvals import command_of

        name = server["name"]
        if not await self.approve(f"May the MCP server '{name}' be started by this command?", command_of(server)):
            self.fail(f"The MCP server '{name}' was not allowed to start.", failure="configuration")
        return {one["name"]: one["value"] for one in server.get("env", ())}

    def ask(
        self,
        question: str,
        choices: Sequence[str] | None = None,
        schema: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        asked = self._asked(question, choices, schema, timeout)
        while not asked.poll():
            if self._cancelled.is_set():
                raise Cancelled
            time.sleep(POLL_SECONDS)
        return asked.answer()

    async def ask_async(
        self,
        question: str,
        choices: Sequence[str] | None = None,
        schema: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        import asyncio

        asked = self._asked(question, choices, schema, timeout)
        while not asked.poll():
            await asyncio.sleep(POLL_SECONDS)
        return asked.answer()

    def _asked(
        self,
        question: str,
        choices: Sequence[str] | None,
        schema: Mapping[str, Any] | None,
        timeout: float | None,
    ) -> Asked:
        identifier = f"q{next(self._question_ids)}"
        return Asked(self._journal_folder, self.emit, identifier, question, choices, schema, timeout)

    def fail(self, reason: str, failure: str = "framework") -> NoReturn:
        raise RunFailed(reason, failure)


def _told(error: BaseException) -> str:
    return error.reason if isinstance(error, RunFailed) else f"{type_name(error)}: {error}"


def type_name(error: BaseException) -> str:
    return type(error).__name__
