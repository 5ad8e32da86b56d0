"""Tells the shape of a crew or flow before it runs, for who wants to draw it."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crewai import Crew, Process

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_MOST = 500
_MANAGER = "Crew Manager"


def picture_of(runnable: Any, context: Context) -> None:
    """Write the event `graph`; what cannot be drawn runs all the same."""
    try:
        nodes, edges = _of_crew(runnable) if isinstance(runnable, Crew) else _of_flow(runnable)
    except Exception as error:  # noqa: BLE001 - a picture is no reason to fail
        context.log(f"The shape could not be told: {type(error).__name__}: {error}", level="DEBUG")
        return
    name = getattr(runnable, "name", None) or type(runnable).__name__
    context.emit("graph", str(name), nodes=nodes[:_MOST], edges=edges[:_MOST])


def _of_crew(crew: Crew) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Tasks in their order, each beside its agent; in a hierarchy below the manager who hands them out."""
    names = [" ".join((one.name or one.description).split())[:200] for one in crew.tasks]
    nodes = [
        {"id": name, "name": f"{name} ({one.agent.role.strip()})" if one.agent else name}
        for name, one in zip(names, crew.tasks, strict=True)
    ]
    edges = list(_edges_of_crew(crew, names))
    if crew.process == Process.hierarchical:
        nodes.insert(0, {"id": _MANAGER, "name": _MANAGER})
        edges += [{"source": _MANAGER, "target": name, "label": "hands out"} for name in names]
    return nodes, edges


def _edges_of_crew(crew: Crew, names: list[str]) -> Iterator[dict[str, Any]]:
    """From those that a task reads, or else from those that it waits for: tasks in parallel wait for none of theirs."""
    last, parallel = list[str](), list[str]()
    for name, one in zip(names, crew.tasks, strict=True):
        waits_for = last if one.async_execution else parallel or last
        reads = [names[crew.tasks.index(before)] for before in one.context] if isinstance(one.context, list) else None
        yield from ({"source": before, "target": name} for before in (waits_for if reads is None else reads))
        if one.async_execution:
            parallel = [*parallel, name]
        else:
            last, parallel = [name], []


def _of_flow(flow: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Methods, and which of them listens to which; a router's edges are taken by what it returns."""
    from crewai.flow.visualization import build_flow_structure

    built = build_flow_structure(flow)
    nodes = [{"id": str(name), "name": str(name)} for name in built["nodes"]]
    edges = [
        {
            "source": str(one["source"]),
            "target": str(one["target"]),
            **({"conditional": True} if one["is_router_event"] else {}),
            **({"label": str(one["router_event"])} if one.get("router_event") else {}),
        }
        for one in built["edges"]
    ]
    return nodes, edges
