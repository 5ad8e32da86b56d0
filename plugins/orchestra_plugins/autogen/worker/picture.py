"""Tells the shape of a GraphFlow before it runs, for who wants to draw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


def picture_of(configuration: Mapping[str, Any], context: Context) -> None:
    """Write the event `graph`, if what runs is one."""
    component = configuration.get("component")
    if component:
        inner = component.get("config") or {}
        nodes = (inner.get("graph") or {}).get("nodes") if isinstance(inner, dict) else None
        if isinstance(nodes, dict):
            _tell([str(name) for name in nodes], list(_edges_of(nodes)), context)
    elif configuration.get("team") == "GraphFlow":
        edges = [_edge(one["source"], one["target"], one.get("condition")) for one in configuration.get("edges", ())]
        _tell([one["name"] for one in configuration["agents"]], edges, context)


def _tell(names: list[str], edges: list[dict[str, Any]], context: Context) -> None:
    context.emit("graph", "GraphFlow", nodes=[{"id": name, "name": name} for name in names], edges=edges)


def _edges_of(nodes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, node in nodes.items():
        for edge in node.get("edges", ()) if isinstance(node, dict) else ():
            if isinstance(edge, dict):
                yield _edge(str(name), str(edge.get("target")), edge.get("condition"))


def _edge(source: str, target: str, condition: Any) -> dict[str, Any]:
    return {
        "source": source,
        "target": target,
        **({"label": str(condition), "conditional": True} if condition else {}),
    }
