"""Tells who works with whom in a society before it runs, for who wants to draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


def picture_of(society: Any, context: Context) -> None:
    """Write the event `graph`, if what runs is a society; a node is called as the turns of its agent are."""
    if hasattr(society, "user_agent"):
        user, assistant = society.user_agent.role_name, society.assistant_agent.role_name
        edges = [_edge(user, assistant, "instructs"), _edge(assistant, user, "answers")]
        _tell("RolePlaying", [user, assistant], edges, context)
    elif hasattr(society, "coordinator_agent"):
        planner, lead = society.task_agent.role_name, society.coordinator_agent.role_name
        workers = [name_of(one) for one in society._children]
        edges = [_edge(planner, lead, "tasks"), *(_edge(lead, name) for name in workers)]
        _tell("Workforce", [planner, lead, *workers], edges, context)


def name_of(node: Any) -> str:
    """What a worker of a workforce is called: as its agent is."""
    agent = getattr(node, "worker", None)
    return str(agent.role_name if agent is not None else getattr(node, "assistant_role_name", node.description))


def _tell(title: str, names: list[str], edges: list[dict[str, Any]], context: Context) -> None:
    nodes = [{"id": name, "name": name} for name in dict.fromkeys(names)]
    context.emit("graph", title, nodes=nodes, edges=edges)


def _edge(source: str, target: str, label: str = "") -> dict[str, Any]:
    return {"source": source, "target": target, **({"label": label} if label else {})}
