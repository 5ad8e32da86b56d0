"""Performs a skill's steps with the engine of orca-agent-skills; each step asks the model through the gateway."""

# orca-agent-skills is in Orca's own environment.
# pyright: reportMissingImports=false

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .cast import STUDENT, Cast
from .registry import OPERATION, SKILL, write_registry
from .strategies import GENERIC

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_FOLDER = ".orca"
_MODULE = "orchestra_skill_steps"
_LONGEST_STEP_SECONDS = 86_400  # the run's own limits end it sooner; the library's is half a minute


def perform(task: str, steps: Sequence[Mapping[str, Any]], cast: Cast, context: Context) -> dict[str, Any]:
    fault = fault_of(steps)
    if fault:
        context.fail(fault, failure="configuration")
    os.environ["AGENT_SKILLS_PYTHONCALL_ALLOWED_MODULES"] = _MODULE
    os.environ["AGENT_SKILLS_PYTHONCALL_TIMEOUT"] = str(_LONGEST_STEP_SECONDS)
    os.environ["AGENT_SKILLS_AUDIT_DEFAULT_MODE"] = "off"
    from runtime.engine_factory import build_runtime_components
    from runtime.models import ExecutionRequest

    root = Path(context.folder, _FOLDER)
    write_registry(root, steps, _MODULE)
    writer = _Writer(task, steps, cast, context)
    writer.offer()
    engine = build_runtime_components(registry_root=root, runtime_root=root, host_root=root).engine
    try:
        result = engine.execute(ExecutionRequest(skill_id=SKILL, inputs={}))
    except Exception:
        writer.raise_what_ended_it()
        raise
    writer.raise_what_ended_it()
    if result.status != "completed":
        context.fail(f"The skill ended as {result.status}.")
    return {"answer": result.outputs["answer"], "steps": len(steps)}


def fault_of(steps: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with the steps, in a sentence; empty if nothing is."""
    if not steps:
        return "The mode skills needs steps. Add at least one."
    seen: set[str] = set()
    for step in steps:
        if step["id"] in seen:
            return f"There are two steps with the name '{step['id']}'. Give each a name of its own."
        unknown = [name for name in step["context_from"] if name not in seen]
        if unknown:
            return f"The step '{step['id']}' builds on '{unknown[0][:40]}', which is no earlier step."
        seen.add(step["id"])
    return ""


class _Writer:
    """Performs the one capability of the skill, in whatever thread the engine has for a step."""

    def __init__(self, task: str, steps: Sequence[Mapping[str, Any]], cast: Cast, context: Context) -> None:
        self._task = task
        self._instructions = {step["id"]: step["instruction"] for step in steps}
        self._cast = cast
        self._context = context
        self._ended_by: BaseException | None = None

    def offer(self) -> None:
        """Put it where the library looks for it: in a module."""
        module = ModuleType(_MODULE)
        setattr(module, OPERATION, self.write)
        sys.modules[_MODULE] = module

    def write(self, step: str, context: Mapping[str, str] | None = None) -> dict[str, str]:
        results = "\n\n".join(f"RESULT OF {name}:\n{text}" for name, text in (context or {}).items())
        said = f"INSTRUCTION:\n{self._instructions[step]}\n\nTASK:\n{self._task}\n\n{results}".strip()
        try:
            with self._context.step(step, type="task") as shown:
                text = self._cast.ask(STUDENT, GENERIC, said, step)
                shown.result(result=text)
        except BaseException as ended:  # what ends a run is no Exception, and would be lost in the engine's thread
            self._ended_by = self._ended_by or ended
            raise RuntimeError("the run ends") from ended
        return {"text": text}

    def raise_what_ended_it(self) -> None:
        if self._ended_by is not None:
            raise self._ended_by
