"""Runs AutoGPT's own loop to its end, with our eyes and hands at the places where a person would sit."""

# AutoGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .approval import Approval
from .calls import Calls
from .commands import registry_of
from .helpers import Helpers
from .library import AutoGPT, loaded
from .memory import Remembered
from .programs import own_commands
from .reply import checked
from .turns import Turns

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request

_TRIGGER = "Determine which next command to use, and respond using the format specified above:"
_MOST_PROMPT_TOKENS = 2400  # AutoGPT shortens its memory until prompt and memory have 2500, for ever if they never do
_MOST_FILES = 200


def run(request: Request, context: Context) -> dict[str, Any]:
    """Work towards the goals; the output has the `answer` (the reason of `task_complete`), `turns` and `files`."""
    return _Run(request, context).work()


def goals_of(request: Request) -> list[str]:
    """The run's own `ai_goals`, or its `task` as the only goal, else the configuration's."""
    given = request.input.get("ai_goals") or request.input.get("task")
    goals = [given] if isinstance(given, str) else given if isinstance(given, Sequence) else []
    return [str(goal) for goal in goals if str(goal).strip()] or list(request.configuration["ai_goals"])


class _Done(BaseException):
    """AutoGPT says that its task is complete; an Exception would be caught by it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Run:
    def __init__(self, request: Request, context: Context) -> None:
        configuration = request.configuration
        self._context = context
        self._configuration = configuration
        self._name: str = configuration["ai_name"]
        self._goals = goals_of(request)
        self._calls = Calls(context, configuration)
        self._turns = Turns(context, self._name)
        self._approval = Approval(context, self._name)
        self._helpers = Helpers()

    def work(self) -> dict[str, Any]:
        library = loaded(self._configuration, self._context, self._calls, self._turns.tell_thoughts)
        agent = self._agent_of(library)
        self._connect(library)
        try:
            with self._turns:
                agent.start_interaction_loop()
        except _Done as done:
            return self._output(library, done.reason)
        self._give_up()

    def _agent_of(self, library: AutoGPT) -> Any:
        timeout_seconds: float = self._configuration["command_timeout"]
        own = own_commands(library.commands.Command, library.workspace, self._context, timeout_seconds)
        registry = registry_of(library.commands.CommandRegistry(), self._configuration["commands"], own)
        config = library.ai_config.AIConfig(self._name, self._configuration["ai_role"], self._goals)
        config.command_registry = registry
        prompt = config.construct_full_prompt()
        self._check_length(prompt, library)
        memory = library.memory.get_memory(library.settings, init=True)
        if self._configuration["memory_backend"] == "local":
            self._calls.memory, memory = memory, Remembered(memory, self._context)
        return library.agent.Agent(
            ai_name=self._name,
            memory=memory,
            full_message_history=[],
            next_action_count=0,
            command_registry=registry,
            config=config,
            system_prompt=prompt,
            triggering_prompt=_TRIGGER,
        )

    def _check_length(self, prompt: str, library: AutoGPT) -> None:
        tokens = library.chat.generate_context(prompt, "", [], "")[1]
        if tokens > _MOST_PROMPT_TOKENS:
            self._context.fail(
                f"Role, goals and commands make a prompt of about {tokens} tokens, and AutoGPT has room for "
                f"{_MOST_PROMPT_TOKENS}. Shorten them, or choose fewer commands.",
                failure="configuration",
            )

    def _connect(self, library: AutoGPT) -> None:
        """Our functions where its loop calls its own."""
        agent = vars(library.agent)
        think, read = agent["chat_with_ai"], agent["fix_json_using_multiple_techniques"]
        command_of, execute = agent["get_command"], agent["execute_command"]

        def chat_with_ai(*given: Any) -> str:
            self._turns.begin()
            self._calls.thinks = True
            return think(*given)

        def get_command(reply: Mapping[str, Any]) -> tuple[str, Any]:
            name, arguments = command_of(reply)
            self._approval.concerns(name, arguments if isinstance(arguments, Mapping) else {})
            return name, arguments

        def execute_command(registry: Any, name: str, arguments: Mapping[str, Any], prompt: Any) -> Any:
            if name.lower() == "task_complete":
                raise _Done(str(arguments.get("reason") or ""))
            self._calls.speaker = self._helpers.speaker_of(name, arguments)
            try:
                return self._turns.execute(name, arguments, lambda: execute(registry, name, arguments, prompt))
            finally:
                self._calls.speaker = None

        agent.update(chat_with_ai=chat_with_ai, get_command=get_command, execute_command=execute_command)
        agent.update(
            fix_json_using_multiple_techniques=lambda reply: checked(read(reply)), clean_input=self._approval.ask
        )

    def _output(self, library: AutoGPT, reason: str) -> dict[str, Any]:
        thoughts = self._turns.last_thoughts
        return {
            "answer": reason or thoughts.get("speak") or thoughts.get("text") or "The task is complete.",
            "turns": self._turns.number,
            "files": _files_in(library.workspace.WORKSPACE_PATH),
        }

    def _give_up(self) -> NoReturn:
        if self._approval.was_ended:
            self._context.fail("It was asked about its next command, and the answer was to end.", failure="cancelled")
        limit = int(self._configuration["continuous_limit"])
        self._context.fail(f"AutoGPT was stopped after {limit} turns, before it said that its task is complete.")


def _files_in(folder: Path) -> list[str]:
    """What lies in the workspace, but for AutoGPT's own list of what it did with files."""
    found = sorted(
        Path(place, name).relative_to(folder).as_posix() for place, _, names in os.walk(folder) for name in names
    )
    return [name for name in found if name != "file_logger.txt"][:_MOST_FILES]
