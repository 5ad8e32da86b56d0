"""Asks people what CrewAI would read from a terminal: reviews of tasks, feedback on flows, plain input."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import builtins
from typing import TYPE_CHECKING, Any

from crewai.core.providers import human_input
from crewai.core.providers.human_input import SyncHumanInputProvider
from crewai.flow.flow_config import flow_config

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_MAX_CHARACTERS = 9000
# CrewAI takes an empty line for a yes; here that is a choice of its own, since an answer is never empty.
_ACCEPT, _CHANGE = "Accept it", "Have it changed"
_NOTHING, _SAY = "Nothing to say", "Give feedback"


def take_over(context: Context, most_rounds: int) -> None:
    """Whatever code asks a person, asks here. A task's result is reviewed `most_rounds` times at most."""
    reviews = Reviews(context, most_rounds)
    human_input.get_provider = lambda: reviews
    human_input.SyncHumanInputProvider = lambda: reviews  # pyright: ignore[reportAttributeAccessIssue]
    flow_config.hitl_provider = flow_config.input_provider = _FlowPeople(context)  # pyright: ignore[reportAttributeAccessIssue]
    builtins.input = lambda prompt="": _ask(context, str(prompt))


class Reviews(SyncHumanInputProvider):
    """What a task with `human_input` shows to a person, until they have nothing more to say."""

    def __init__(self, context: Context, most_rounds: int) -> None:
        self._context = context
        self._most_rounds = most_rounds

    def handle_feedback(self, formatted_answer: Any, context: Any) -> Any:
        """The answer, once it was accepted or reviewed often enough."""
        answer = formatted_answer
        for _ in range(self._most_rounds):
            said = _review(self._context, self._question(answer, context))
            if not said:
                break
            context.messages.append(context._format_feedback_message(said))
            answer = context._invoke_loop()
        context.ask_for_human_input = False
        return answer

    async def handle_feedback_async(self, formatted_answer: Any, context: Any) -> Any:
        """The same where nothing may block."""
        answer = formatted_answer
        for _ in range(self._most_rounds):
            said = await asyncio.to_thread(_review, self._context, self._question(answer, context))
            if not said:
                break
            context.messages.append(context._format_feedback_message(said))
            answer = await context._ainvoke_loop()
        context.ask_for_human_input = False
        return answer

    def _question(self, answer: Any, executor: Any) -> str:
        task, agent = getattr(executor, "task", None), getattr(executor, "agent", None)
        named = getattr(task, "name", None) or "the task"
        by = f", by {agent.role.strip()}," if agent is not None else ""
        return f"Is the result of {named}{by} good?\n\n{self._get_output_string(answer)}"


class _FlowPeople:
    """What flows ask: `ask()`, and feedback on a method's result."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def request_input(self, message: str, flow: Any, metadata: dict[str, Any] | None = None) -> str:
        return _ask(self._context, message)

    def request_feedback(self, context: Any, flow: Any) -> str:
        outcomes = f"\n\nIt leads to one of: {', '.join(map(str, context.emit))}." if context.emit else ""
        question = f"{context.message}\n\n{context.method_output}{outcomes}"
        if self._context.ask(_cut(question), [_NOTHING, _SAY]) == _NOTHING:
            return ""
        return _ask(self._context, "What is your feedback?")


def _review(context: Context, question: str) -> str:
    """What is to be changed; nothing if it was accepted."""
    if context.ask(_cut(question), [_ACCEPT, _CHANGE]) == _ACCEPT:
        return ""
    return _ask(context, "What is to be changed?")


def _ask(context: Context, question: str) -> str:
    return str(context.ask(_cut(question)))


def _cut(question: str) -> str:
    text = question.strip() or "The crew waits for an answer."
    return text if len(text) <= _MAX_CHARACTERS else text[:_MAX_CHARACTERS] + " …"
