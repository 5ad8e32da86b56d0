"""Makes a graph's input of a run's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Request

_OURS = ("task", "thread")


@dataclass(frozen=True)
class Given:
    """`value` is the graph's input; `is_empty` says that the run brought none of its own."""

    value: Any
    thread: str | None
    is_empty: bool


async def given_to(request: Request, graph: Any) -> Given:
    """The graph's input: a `task` becomes a message, `input` is given as it is, else the run's fields are.

    `thread` names the conversation that the run goes on with.
    """
    thread = request.input.get("thread")
    own = {key: value for key, value in request.input.items() if key not in _OURS}
    given_task = request.input.get("task")
    is_empty = not own and not given_task
    task = given_task or (request.configuration.get("task") if not own else None)
    return Given(_value(own, task, _fields_of(graph)), str(thread) if thread else None, is_empty)


def _value(own: dict[str, Any], task: Any, fields: set[str]) -> Any:
    if set(own) == {"input"} and "input" not in fields:
        return own["input"]
    if not task:
        return own
    if "messages" in fields or not fields:
        return {"messages": [{"role": "user", "content": str(task)}, *own.pop("messages", [])], **own}
    return {**own, _field_for_task(fields): task}


def _field_for_task(fields: set[str]) -> str:
    """Where a task belongs in a state without messages: the field that sounds like it, or the only one there is."""
    named = [name for name in ("task", "question", "query", "topic", "input", "request", "prompt") if name in fields]
    return named[0] if named else next(iter(fields)) if len(fields) == 1 else "task"


def _fields_of(graph: Any) -> set[str]:
    builder = getattr(graph, "builder", None)
    try:
        return set(builder.schemas[builder.input_schema])  # pyright: ignore[reportOptionalMemberAccess]
    except (AttributeError, KeyError, TypeError):
        pass  # no StateGraph; a JSON Schema says it of any, and takes as long as a call of a model
    try:
        return set(graph.get_input_jsonschema().get("properties", {}))
    except Exception:  # noqa: BLE001 - foreign types need not have a schema
        return set()
