"""What a framework's worker half sees: the request it gets and the context it reports to. Types only.

A worker half is a file or package with `run(request, context)`. It may be plain or async, and returns the output (a
mapping, or None). It may also be a generator, plain or async, that yields events, mappings with a `kind`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Callable, NoReturn, Optional, Protocol


class Request(Protocol):
    """What is to be run."""

    configuration: Mapping[str, Any]  # valid against the framework's config schema, defaults filled in
    input: Mapping[str, Any]  # what the caller of this execution gave


class Step(Protocol):
    """A step under way; it ends when its `with` block does, as failed if that raised."""

    id: str

    def result(self, **data: Any) -> None:
        """Put data on the step's end: a tool's result, a task's outcome."""

    def end(self, status: str = "completed", **data: Any) -> None:
        """End a step that `Context.begin` began, once: as completed, failed or cancelled."""


class Finished(Protocol):
    """What became of a program that `Context.execute` ran."""

    @property
    def output(self) -> str:
        """What it wrote to its standard output; cut after 200,000 bytes, which is said."""
        ...

    @property
    def errors(self) -> str:
        """What it wrote to its standard error, likewise."""
        ...

    @property
    def exit_code(self) -> int | None:
        """None if it was stopped for its time."""
        ...


class Context(Protocol):
    """The run's side of the worker. Every method may be called from any thread, at any time."""

    folder: str  # the run's own folder, which is the working folder too
    agent_folder: str  # what the agent keeps from one run to the next; several runs may use it at once
    gateway_url: str  # OpenAI-compatible, ends in /v1
    gateway_key: str  # worth this execution only; dies with it

    @property
    def cancelled(self) -> bool:
        """True from the moment somebody asked the run to stop."""
        ...

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Call this (in a thread of its own) when the run is asked to stop: the framework's soft stop."""

    def log(self, message: str, level: str = "INFO", **data: Any) -> None:
        """Write a log line; level is DEBUG, INFO, WARN, ERROR or FATAL."""

    def message(self, text: str, role: str = "assistant", name: str | None = None, **data: Any) -> None:
        """Show a finished message of the conversation: role is system, user, assistant or tool; name the speaker."""

    def token(self, text: str, name: str | None = None) -> None:
        """Show a piece of a reply that is being written."""

    def step(self, name: str, type: str = "step", **data: Any) -> AbstractContextManager[Step]:
        """A nested span, as `with context.step("search", type="tool", arguments=…) as step:`.

        Types in use: step, task, agent, llm, tool, critic, memory.
        """
        ...

    def begin(self, name: str, type: str = "step", parent: str | None = None, **data: Any) -> Step:
        """Begin a step that overlaps with others, below the step with the id `parent`; whoever begins it ends it."""
        ...

    def usage(self, **data: Any) -> None:
        """The framework's own count of tokens, shown beside the gateway's, which is the one that counts."""

    def emit(self, kind: str, message: str | None = None, **data: Any) -> None:
        """Write an event of a kind of the protocol (docs/worker-protocol.md)."""

    def ask(
        self,
        question: str,
        choices: Sequence[str] | None = None,
        schema: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Ask people and wait for the answer: one of the choices, what fits the JSON Schema, or else a text.

        Raises TimeoutError after `timeout` seconds (None waits as long as the run may last); uncaught, it ends the run
        as FAILED and says so.
        """
        ...

    async def ask_async(
        self,
        question: str,
        choices: Sequence[str] | None = None,
        schema: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """The same from async code."""
        ...

    def tools(self, names: Sequence[str], project: str = "") -> Sequence[Callable[..., Any]]:
        """Functions with types and docstrings, to be wrapped as tools.

        A name is a built-in tool's (calculator, fetch, list_files, read_file, write_file), or one of the user's own in
        the folder `project`, as `module:function` or `file.py:function`. ValueError, with a sentence, for any other.
        """
        ...

    def load(self, reference: str, project: str) -> Any:
        """Anything else from a user's project: `module:name` or `file.py:name`; its code is run."""
        ...

    def place_of(self, project: str) -> str:
        """The whole path of a user's folder; its `~` is their home, not the run's folder, which HOME is."""
        ...

    def chat(
        self, messages: str | Sequence[Mapping[str, Any]], model: str, name: str | None = None, **parameters: Any
    ) -> str:
        """Ask a model through the gateway, for loops that bring no client: the reply, shown as `name` writes it.

        `parameters` go into the request (temperature, max_tokens, stop, …). A refusal ends the run as FAILED; a server
        that is away for a moment is waited for.
        """
        ...

    def converse(
        self, messages: str | Sequence[Mapping[str, Any]], model: str, name: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """The same, as a message of chat/completions: `content`, and `tool_calls` if the model calls `tools`."""
        ...

    def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """A vector for each text, through the gateway."""
        ...

    def execute(
        self, arguments: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None
    ) -> Finished:
        """Run a program in the run's folder for at most `timeout` seconds; nothing of it is left behind.

        Its environment has nothing that leads to models, unless you give another. OSError or ValueError if it cannot
        be started.
        """
        ...

    def count_tokens_offline(self) -> None:
        """Let tiktoken estimate from now on, instead of fetching its tables: four characters are a token."""

    async def approve(self, question: str, what: str) -> bool:
        """Ask people whether exactly this may be done, unless they have allowed it to this agent for good."""
        ...

    async def allow_server(self, server: Mapping[str, Any]) -> dict[str, str]:
        """Ask people whether an MCP server's program may start, by its exact command; the variables that it is to get.

        `server` is as `orchestra.mcp_fields.McpOverStdio` has it. If nobody allows it, the run ends as FAILED.
        """
        ...

    def fail(self, reason: str, failure: str = "framework") -> NoReturn:
        """End the run as FAILED with this sentence, by an exception that frameworks do not catch.

        `failure` is its class (docs/worker-protocol.md); whether it is tried again goes by it.
        """
        ...


Output = Optional[dict[str, Any]]
