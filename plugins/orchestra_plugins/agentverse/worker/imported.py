"""Makes a user's config.yaml one that asks the gateway and gives up in time; pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .settings import CLIENT

_KEPT = ("temperature", "max_tokens")


def task_config_of(configuration: Mapping[str, Any], description: str) -> dict[str, Any]:
    """The configuration for AgentVerse; `description` is the task that goes before the file's, if not empty."""
    made = copy.deepcopy(dict(configuration["task_config"]))
    if description.strip():
        made["task_description"] = description
    made.setdefault("task_description", "")
    for agent in made["agents"]:
        agent["llm"] = _llm(agent.get("llm"), configuration)
        agent["max_retry"] = int(configuration.get("max_retry", 3))  # AgentVerse's own tasks have a thousand
        memory = agent.get("memory") or {}
        if memory.get("memory_type") == "summary":
            agent["memory"] = {**memory, "llm": _llm(memory.get("llm"), configuration)}
    return made


def is_task(made: Mapping[str, Any]) -> bool:
    """Whether it is a task that experts solve, and no simulation."""
    return made["environment"]["env_type"] == "task-basic"


def _llm(given: Any, configuration: Mapping[str, Any]) -> dict[str, Any]:
    theirs: Mapping[str, Any] = given if isinstance(given, dict) else {}
    model = configuration.get("model") or theirs.get("model") or theirs.get("llm_type")
    if not model:
        raise ValueError("one of its agents names no model; choose one for all.")
    return {"llm_type": CLIENT, "model": str(model), **{key: theirs[key] for key in _KEPT if key in theirs}}
