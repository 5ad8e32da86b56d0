"""Writes the files from which orca-agent-skills knows a skill, its one capability, and who performs it."""

# orca-agent-skills and PyYAML are in Orca's own environment.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

SKILL = "orchestra.flow"
OPERATION = "write"
_CAPABILITY = "llm.text.write"
_BINDING = "python_llm_text_write"
_SERVICE = "gateway"


def write_registry(root: Path, steps: Sequence[Mapping[str, Any]], module: str) -> None:
    """All that the library reads, below `root`; `module` has the function that performs a step."""
    files = {
        "capabilities/llm.text.write.yaml": _capability(),
        "bindings/official/llm.text.write/python_llm_text_write.yaml": _binding(),
        "services/official/gateway.yaml": _service(module),
        "policies/official_default_selection.yaml": {"defaults": {_CAPABILITY: _BINDING}},
        "skills/official/orchestra/flow/skill.yaml": _skill(steps),
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


def _capability() -> dict[str, Any]:
    text = {"type": "string", "required": True}
    return {
        "id": _CAPABILITY,
        "version": "1.0.0",
        "description": "Writes a text from an instruction, the task and results of earlier steps.",
        "inputs": {"step": text, "context": {"type": "object", "required": False}},
        "outputs": {"text": text},
        "properties": {"deterministic": False, "side_effects": False, "idempotent": True},
        "metadata": {"status": "stable", "tags": ["llm"]},
    }


def _binding() -> dict[str, Any]:
    return {
        "id": _BINDING,
        "capability": _CAPABILITY,
        "service": _SERVICE,
        "protocol": "pythoncall",
        "operation": OPERATION,
        "request": {"step": "${input.step}", "context": "${input.context}"},
        "response": {"text": "response.text"},
        "metadata": {"status": "stable"},
    }


def _service(module: str) -> dict[str, Any]:
    return {
        "id": _SERVICE,
        "kind": "pythoncall",
        "module": module,
        "metadata": {"description": "The run's model gateway.", "status": "stable"},
    }


def _skill(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    last = steps[-1]["id"]
    return {
        "id": SKILL,
        "version": "1.0.0",
        "name": "Steps",
        "description": "Steps that build on each other.",
        "inputs": {},
        "outputs": {"answer": {"type": "string", "required": True}},
        "steps": [_step(step, is_last=step["id"] == last) for step in steps],
        "metadata": {"tags": []},
    }


def _step(step: Mapping[str, Any], *, is_last: bool) -> dict[str, Any]:
    context = {name: f"vars.{name}" for name in step["context_from"]}
    return {
        "id": step["id"],
        "uses": _CAPABILITY,
        "input": {"step": step["id"], "context": context},
        "output": {"text": "outputs.answer" if is_last else f"vars.{step['id']}"},
        "config": {"depends_on": list(step["context_from"])},
    }
