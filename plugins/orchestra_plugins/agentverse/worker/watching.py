"""Makes steps of what agents do, and messages of what the experts for a task say."""

# AgentVerse is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agentverse.agents import (
    ConversationAgent,
    CriticAgent,
    EvaluatorAgent,
    ManagerAgent,
    RoleAssignerAgent,
    SolverAgent,
)
from agentverse.environments.tasksolving_env.rules import TasksolvingRule

from .said import advice_of, opinion_of, roles_of
from .speakers import speaking

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

STAGES = {
    "role_assign": "Expert recruitment",
    "decision_making": "Decision making",
    "execute": "Execution",
    "evaluate": "Evaluation",
}
_LEVELS = {logging.WARNING: "WARN", logging.ERROR: "ERROR"}
_LONGEST_LOG = 2000
_Say = Callable[[Any], "tuple[str, dict[str, Any]]"]


def watch(context: Context) -> None:
    """From now on; once in a process."""
    ConversationAgent.astep = _async_turn(ConversationAgent.astep, None, context)
    CriticAgent.astep = _async_turn(CriticAgent.astep, opinion_of, context)
    SolverAgent.step = _turn(SolverAgent.step, lambda said: (said.content, {}), context)
    ManagerAgent.step = _turn(ManagerAgent.step, lambda chosen: (f"The best: {chosen.content}", {}), context)
    RoleAssignerAgent.step = _turn(_with_roles(RoleAssignerAgent.step, context), roles_of, context)
    EvaluatorAgent.step = _turn(EvaluatorAgent.step, advice_of, context)
    for name, title in STAGES.items():
        setattr(TasksolvingRule, name, _stage(getattr(TasksolvingRule, name), title, context))
    logger = logging.getLogger("agentverse")
    logger.setLevel(logging.INFO)
    logger.addHandler(_Handler(context))


def _with_roles(step: Callable[..., Any], context: Context) -> Callable[..., Any]:
    @functools.wraps(step)
    def checked(self: Any, *arguments: Any, **options: Any) -> Any:
        message = step(self, *arguments, **options)
        if message.content is None:
            context.fail("The role assigner gave no list of experts that could be read. See the log for its replies.")
        return message

    return checked


def _turn(step: Callable[..., Any], say: _Say, context: Context) -> Callable[..., Any]:
    @functools.wraps(step)
    def watched(self: Any, *arguments: Any, **options: Any) -> Any:
        with speaking(self.name), context.step(self.name, type="task"):
            return _told(step(self, *arguments, **options), self.name, say, context)

    return watched


def _async_turn(step: Callable[..., Any], say: _Say | None, context: Context) -> Callable[..., Any]:
    @functools.wraps(step)
    async def watched(self: Any, *arguments: Any, **options: Any) -> Any:
        node = {"node": self.name} if say is None else {}  # in a simulation, agents are the nodes of the picture
        with speaking(self.name), context.step(self.name, type="task", **node):
            return _told(await step(self, *arguments, **options), self.name, say, context)

    return watched


def _told(message: Any, name: str, say: _Say | None, context: Context) -> Any:
    if say is not None:
        text, more = say(message)
        if text:
            context.message(text, name=name, **more)
    return message


def _stage(method: Callable[..., Any], title: str, context: Context) -> Callable[..., Any]:
    if title in {STAGES["decision_making"], STAGES["execute"]}:

        @functools.wraps(method)
        async def watched_later(self: Any, *arguments: Any, **options: Any) -> Any:
            with context.step(title, type="stage", node=title):
                return await method(self, *arguments, **options)

        return watched_later

    @functools.wraps(method)
    def watched(self: Any, *arguments: Any, **options: Any) -> Any:
        with context.step(title, type="stage", node=title):
            return method(self, *arguments, **options)

    return watched


class _Handler(logging.Handler):
    """What AgentVerse logs; what it tells of messages is in them already, so its infos are for who looks closely."""

    def __init__(self, context: Context) -> None:
        super().__init__(logging.INFO)
        self._context = context

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().strip()
        if text:
            self._context.log(text[:_LONGEST_LOG], level=_LEVELS.get(record.levelno, "DEBUG"))
