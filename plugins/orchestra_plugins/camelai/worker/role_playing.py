"""Makes a RolePlaying of its configuration and plays it to its end."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from camel.societies import RolePlaying

from .agents import PATIENT, Maker

_DONE = "CAMEL_TASK_DONE"  # what CAMEL's prompts have the user say at the end
MOST_TURNS = 15


async def made_of(society: Mapping[str, Any], task: str, make: Maker) -> RolePlaying:
    """The session, its task specified and planned if that is wanted; those are calls of models already."""
    agent = {"model": make.model(), **PATIENT}
    assistant = {**agent, "tools": make.tools(society), "max_iteration": society.get("max_iteration")}

    def session() -> RolePlaying:
        return RolePlaying(
            society["assistant_role_name"],
            society["user_role_name"],
            task_prompt=task,
            with_task_specify=bool(society.get("with_task_specify", True)),
            with_task_planner=bool(society.get("with_task_planner")),
            assistant_agent_kwargs=assistant,
            user_agent_kwargs=dict(agent),
            task_specify_agent_kwargs={"model": agent["model"]},
            task_planner_agent_kwargs={"model": agent["model"]},
            output_language=make.configuration.get("output_language") or None,
            stop_event=make.watch.stop,
        )

    return await asyncio.to_thread(session)


async def played(session: RolePlaying, most_turns: int) -> dict[str, Any]:
    """`answer`, the assistant's last solution; `turns`; and `stopReason`, which says why it ended."""
    message = await session.ainit_chat()
    answer = ""
    for turn in range(1, most_turns + 1):
        assistant, user = await session.astep(message)
        if assistant.terminated or user.terminated:
            reasons = assistant.info.get("termination_reasons") or user.info.get("termination_reasons")
            return {"answer": answer, "turns": turn, "stopReason": f"terminated: {reasons}"}
        message = assistant.msg
        if _DONE in user.msg.content:
            return {"answer": answer or message.content, "turns": turn, "stopReason": _DONE}
        answer = message.content
    return {"answer": answer, "turns": most_turns, "stopReason": "max_turns"}
