"""Makes AgentVerse's own configuration, as its config.yaml has it, of a run's; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import prompts

CLIENT = "gpt-4"  # the name that the client of the gateway is registered by
_CLASSROOM = "classroom"


def simulation(configuration: Mapping[str, Any], scene: str) -> dict[str, Any]:
    """The configuration of a simulation."""
    order = configuration.get("order", "sequential")
    selector = _CLASSROOM if order == _CLASSROOM else "basic"
    rule = {
        "order": {"type": order},
        "visibility": {"type": configuration.get("visibility", "all")},
        "selector": {"type": selector},
        "updater": {"type": "basic"},
        "describer": {"type": "basic"},
    }
    agents = [
        {
            **_agent("conversation", one["name"], configuration, one.get("model", "")),
            "role_description": one.get("role_description", ""),
            "prompt_template": one.get("prompt_template") or prompts.speaker(scene, order, is_first=number == 0),
            "output_parser": {"type": one.get("output_parser") or _parser_for(order)},
        }
        for number, one in enumerate(configuration["agents"])
    ]
    turns = int(configuration.get("max_turns", 10))
    environment = {"env_type": "sim-basic", "max_turns": turns, "rule": rule}
    return {"environment": environment, "agents": agents, "tools": []}


def task(configuration: Mapping[str, Any], description: str) -> dict[str, Any]:
    """The configuration for solving a task."""
    count = int(configuration.get("cnt_agents", 3))
    maker: dict[str, Any] = {"type": configuration.get("decision_maker", "vertical-solver-first")}
    if maker["type"] in {"vertical-solver-first", "concurrent"}:
        maker["max_inner_turns"] = int(configuration.get("max_inner_turns", 2))
    rule = {
        "role_assigner": {"type": "role_description", "cnt_agents": count},
        "decision_maker": maker,
        "executor": {"type": "none"},
        "evaluator": {"type": "basic"},
    }
    environment = {"env_type": "task-basic", "max_turn": int(configuration.get("max_turn", 3)), "rule": rule}
    return {
        "cnt_agents": count,
        "cnt_critic_agents": count - 1,
        "task_description": description,
        "environment": environment,
        "agents": _experts(configuration),
    }


def _experts(configuration: Mapping[str, Any]) -> list[dict[str, Any]]:
    dimensions = list(configuration.get("dimensions") or ["Quality"])
    evaluator = configuration.get("evaluator_prompt") or prompts.evaluator(dimensions)
    parts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("role_assigner", "Role assigner", configuration.get("role_assigner_prompt") or prompts.ROLE_ASSIGNER, {}),
        ("solver", "Solver", configuration.get("solver_prompt") or prompts.SOLVER, {"type": "dummy"}),
        ("critic", "Critic", configuration.get("critic_prompt") or prompts.CRITIC, {}),
        ("executor", "Executor", "", {"type": "dummy"}),
        ("evaluator", "Evaluator", evaluator, {"type": "evaluator", "dimensions": dimensions}),
        ("manager", "Manager", "", {"type": "dummy"}),
    ]
    return [
        {
            **_agent(kind, name, configuration),
            "append_prompt_template": prompt,
            "prompt_template": prompts.MANAGER if kind == "manager" else "",
            "output_parser": parser or {"type": kind},
        }
        for kind, name, prompt, parser in parts
    ]


def _agent(kind: str, name: str, configuration: Mapping[str, Any], model: str = "") -> dict[str, Any]:
    llm = {
        "llm_type": CLIENT,
        "model": model or configuration["model"],
        "temperature": configuration.get("temperature", 0.7),
        "max_tokens": int(configuration.get("max_tokens", 1024)),
    }
    return {
        "agent_type": kind,
        "name": name,
        "max_retry": int(configuration.get("max_retry", 3)),
        "memory": {"memory_type": "chat_history"},
        "llm": llm,
    }


def _parser_for(order: str) -> str:
    return "nlp_classroom_9players" if order == _CLASSROOM else "dummy"
