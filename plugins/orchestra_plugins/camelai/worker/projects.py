"""Loads what a user's project has: an agent, a society, or a function that makes one or does the work itself."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from camel.agents import ChatAgent
from camel.societies import RolePlaying
from camel.societies.workforce import Workforce

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

RUNNABLE = (ChatAgent, RolePlaying, Workforce)
_TASKS = ("task", "question", "prompt", "query", "task_prompt", "message", "input", "topic")


async def loaded(
    society: Mapping[str, Any], project: str, task: str, given: Mapping[str, Any], context: Context
) -> Any:
    """An agent or a society, or a call that makes one or does the work; ValueError says what cannot be used.

    In a thread, since CAMEL's societies may ask models as soon as they are made.
    """
    reference = society["entrypoint"]
    found = await asyncio.to_thread(context.load, reference, project)
    if isinstance(found, RUNNABLE):
        return found
    if not callable(found):
        kind = type(found).__name__
        raise ValueError(f"'{reference}' is no agent, society or function, but {kind}.")  # noqa: TRY004 - a user's fault
    arguments = _arguments(found, reference, task, {**society.get("arguments", {}), **given})
    return Call(found, arguments)


class Call:
    """A function of a project's, with what it is to be given."""

    def __init__(self, function: Any, arguments: Mapping[str, Any]) -> None:
        self._function = function
        self._arguments = arguments

    async def made(self) -> Any:
        """What it gives; an agent or a society is then to be run."""
        if inspect.iscoroutinefunction(self._function):
            return await self._function(**self._arguments)
        given = await asyncio.to_thread(self._function, **self._arguments)
        return await given if inspect.isawaitable(given) else given


def _arguments(function: Any, reference: str, task: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Its parameters by their names; the task goes to the one that is meant for it, or else to the first."""
    taken = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = {name: one for name, one in inspect.signature(function).parameters.items() if one.kind in taken}
    chosen = {name: given[name] for name in parameters if name in given}
    free = [name for name in parameters if name not in chosen]
    needed = [name for name in free if parameters[name].default is inspect.Parameter.empty]
    place = next((name for name in _TASKS if name in free), needed[0] if needed else None)
    if task and place is not None:
        chosen[place] = task
    missing = [name for name in needed if name not in chosen]
    if missing:
        raise ValueError(f"'{reference}' wants '{missing[0]}'; a run's input or the arguments can have it.")
    return chosen
