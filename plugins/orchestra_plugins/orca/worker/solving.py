"""Orca 2's way: a strategy is chosen for the task, and the answer is verified.

From arXiv 2311.11045 (a strategy for each task); the verification is AgentInstruct's habit of checking, put after it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .cast import STUDENT, TEACHER, Cast
from .replies import order, verdict
from .strategies import GENERIC, STRATEGIES

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_CHOOSES = "You choose how a smaller model should go about a task."
_CHECKS = "You check answers strictly. You accept only what is right and complete."


def solve(task: str, settings: Mapping[str, Any], cast: Cast, context: Context) -> dict[str, Any]:
    answer, why, strategy = "", "", ""
    for strategy in _chosen(task, settings, cast)[: int(settings["max_attempts"])]:
        with context.step(f"Strategy {strategy}", type="task", strategy=strategy) as step:
            answer = cast.ask(STUDENT, f"{GENERIC}\n{STRATEGIES[strategy]}", task, "solve")
            is_right, why = _verified(task, answer, cast)
            step.result(verified=is_right, why=why)
        if is_right:
            return {"answer": answer, "strategy": strategy, "verified": True}
        context.log(f"The verifier did not accept the answer by {strategy}: {why}", level="WARN")
    if settings["must_be_verified"]:
        context.fail(f"The verifier accepted none of the answers. Of the last it said: {why[:500]}")
    return {"answer": answer, "strategy": strategy, "verified": False, "why": why}


def _chosen(task: str, settings: Mapping[str, Any], cast: Cast) -> list[str]:
    offered = list(settings["strategies"])
    if len(offered) == 1:
        return offered
    described = json.dumps({name: STRATEGIES[name] for name in offered}, indent=1)
    said = f'TASK:\n{task}\n\nSTRATEGIES:\n{described}\n\nReply with JSON: {{"order": [their names, the best first]}}'
    found = cast.ask_json(TEACHER, _CHOOSES, said, "choose a strategy", dict)
    return order((found or {}).get("order"), offered)


def _verified(task: str, answer: str, cast: Cast) -> tuple[bool, str]:
    said = f'TASK:\n{task}\n\nANSWER:\n{answer}\n\nReply with JSON: {{"ok": true or false, "why": a sentence}}'
    return verdict(cast.ask_json(TEACHER, _CHECKS, said, "verify", dict))
