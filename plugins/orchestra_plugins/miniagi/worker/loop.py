"""The agent's loop: think, act, remember, criticise, until the objective is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import prompts
from .commands import Commands
from .memory import Memory
from .people import Person
from .reply import Action, parse
from .text import beginning

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request

_NAME = "MiniAGI"
_TOLD = "The user was told. No answer comes within a run: go on, or use done."


def run(request: Request, context: Context) -> dict[str, Any]:
    """Work on the objective, or on the task that this run was given; the output is the agent's last word."""
    return _Agent(request.configuration, objective_of(request), context).work()


def objective_of(request: Request) -> str:
    for name in ("task", "objective"):
        given = request.input.get(name)
        if isinstance(given, str) and given.strip():
            return given
    return str(request.configuration["objective"])


class _Agent:
    def __init__(self, configuration: Mapping[str, Any], objective: str, context: Context) -> None:
        self._objective = objective
        self._context = context
        self._model: str = configuration["model"]
        self._summarizer_model: str = configuration.get("summarizer_model") or self._model
        self._enable_critic: bool = configuration["enable_critic"]
        # A JSON Schema lets 25.0 pass as an integer; hence each int() here.
        self._max_steps = int(configuration["max_steps"])
        self._max_invalid = int(configuration["max_invalid_replies"])
        chosen = set(configuration["commands"]) | {"done"}  # nothing else ends a run
        if configuration["web_search_provider"] == "none":
            chosen.discard("web_search")
        self._person = Person(context, configuration["prompt_user"])
        self._offered = [command for command in prompts.DESCRIPTIONS if command in chosen]
        max_context = int(configuration["max_context_size"])
        item, chunk = int(configuration["max_memory_item_size"]), int(configuration["summarizer_chunk_size"])
        self._memory = Memory(self._condense, max_context, item, chunk)
        timeout_seconds: float = configuration["command_timeout"]
        self._commands = Commands(context, self._read, self._memory, max_context, timeout_seconds)
        self._invalid = 0
        self._answer: str | None = None
        self._result: str | None = None

    def work(self) -> dict[str, Any]:
        self._context.log(f"The objective: {self._objective}")
        for number in range(1, self._max_steps + 1):
            with self._context.step(f"Step {number}"):
                if self._turn():
                    answer = self._result if self._answer is None else self._answer
                    return {"answer": answer, "result": self._result, "steps": number}
        self._context.fail(f"The agent was stopped after {self._max_steps} steps without reaching the objective.")

    def _turn(self) -> bool:
        """One step; True if the agent says that it is done."""
        action = self._think()
        if action is None:
            return False
        if action.thought:
            self._context.message(action.thought, role="assistant", name=_NAME)
        if action.command == "done":
            return True
        observation = self._act(action)
        self._memory.remember(action.command, action.argument, observation)
        if self._enable_critic:
            self._criticise()
        return False

    def _think(self) -> Action | None:
        note = prompts.INVALID_NOTE if self._invalid else ""
        prompt = prompts.think(self._objective, self._memory.context(), self._offered, note)
        with self._context.step("think", type="llm"):
            reply = self._context.chat(prompt, self._model, _NAME)
        action = parse(reply)
        if action is None:
            self._count_invalid(reply)
        else:
            self._invalid = 0
        return action

    def _count_invalid(self, reply: str) -> None:
        self._invalid += 1
        start = beginning(reply.strip(), 200) or "(nothing)"
        if self._invalid >= self._max_invalid:
            self._context.fail(
                f"The model gave {self._invalid} replies in a row that name no action. Try another model. "
                f"The last reply began: {start}"
            )
        self._context.log(f"The model's reply names no action, so it is asked again: {start}", level="WARN")

    def _act(self, action: Action) -> str:
        command, argument = action.command, action.argument
        with self._context.step(beginning(command, 60), type="tool", arguments=argument) as step:
            observation = self._observe(action)
            step.result(result=observation)
        self._context.log(f"{beginning(command, 60)} gave {len(observation):,} characters.")
        if command != "talk_to_user":
            self._context.message(observation, role="tool", name=beginning(command, 60))
        return observation

    def _observe(self, action: Action) -> str:
        command, argument = action.command, action.argument
        if command not in self._offered:
            return f"There is no command '{beginning(command, 60)}'. The commands are: {', '.join(self._offered)}."
        if command == "talk_to_user":
            self._answer = argument
            self._context.message(argument, role="assistant", name=_NAME, to="user")
            return self._person.reply(argument) if self._person.answers and argument.strip() else _TOLD
        refusal = self._person.refusal(action)
        if refusal is not None:
            return refusal
        self._result = self._commands.perform(command, argument)
        return self._result

    def _criticise(self) -> None:
        prompt = prompts.criticise(self._objective, self._memory.context())
        with self._context.step("criticise", type="critic") as step:
            self._memory.criticism = self._context.chat(prompt, self._model, _NAME).strip()
            step.result(result=self._memory.criticism)

    def _condense(self, prompt: str) -> str:
        with self._context.step("summarise", type="memory"):
            return self._context.chat(prompt, self._summarizer_model, _NAME)

    def _read(self, prompt: str) -> str:
        with self._context.step("read", type="llm"):
            return self._context.chat(prompt, self._model, _NAME)
