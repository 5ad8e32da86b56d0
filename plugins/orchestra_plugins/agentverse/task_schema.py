"""The JSON Schema of a config.yaml of AgentVerse's, as far as it can be run here; the rest of it is AgentVerse's."""

from pydantic import JsonValue

_RULES: dict[str, list[JsonValue]] = {
    "order": ["sequential", "random", "concurrent", "classroom"],
    "visibility": ["all", "oneself", "classroom"],
    "selector": ["basic", "classroom"],
    "updater": ["basic", "classroom"],
    "describer": ["basic", "classroom"],
    "role_assigner": ["role_description", "role_description_name"],
    "decision_maker": [
        "vertical-solver-first", "vertical", "horizontal", "concurrent", "brainstorming", "central", "dynamic",
    ],
    "executor": ["none", "dummy"],  # code-test would run what a model says in a shell, unseen
    "evaluator": ["basic", "basic-message", "none", "dummy"],
}  # fmt: skip
_AGENTS: list[JsonValue] = [
    "conversation", "solver", "critic", "role_assigner", "evaluator", "executor", "manager",
]  # fmt: skip


def _one_of(name: str, values: list[JsonValue], *, is_needed: bool = True) -> dict[str, JsonValue]:
    required: list[JsonValue] = [name] if is_needed else []
    return {"type": "object", "required": required, "properties": {name: {"enum": values}}}


TASK_SCHEMA: dict[str, JsonValue] = {
    "required": ["environment", "agents"],
    "properties": {
        "environment": {
            "type": "object",
            "required": ["env_type", "rule"],
            "properties": {
                "env_type": {"enum": ["sim-basic", "task-basic"]},
                "rule": {
                    "type": "object",
                    "properties": {name: _one_of("type", values) for name, values in _RULES.items()},
                },
            },
        },
        "agents": {
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": {
                "type": "object",
                "required": ["agent_type", "name"],
                "properties": {
                    "agent_type": {"enum": _AGENTS},
                    "name": {"type": "string", "minLength": 1},
                    "llm": {"type": "object"},
                    "memory": _one_of("memory_type", ["chat_history", "summary"], is_needed=False),
                    "memory_manipulator": _one_of("memory_manipulator_type", ["basic"], is_needed=False),
                    "tools": {"maxItems": 0},
                    "tool_config": {"const": ""},
                },
            },
        },
        "tools": {"maxItems": 0},
    },
}
