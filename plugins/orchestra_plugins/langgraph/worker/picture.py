"""Tells the shape of a graph before it runs, for who wants to draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_MOST = 500


def picture_of(graph: Any, context: Context) -> None:
    """Write the event `graph`; a graph that cannot draw itself runs all the same."""
    try:
        drawn = graph.get_graph()
        nodes = [{"id": str(one.id), "name": str(one.name)} for one in list(drawn.nodes.values())[:_MOST]]
        edges = [_edge(one) for one in list(drawn.edges)[:_MOST]]
    except Exception as error:  # noqa: BLE001 - foreign code draws here, and a picture is no reason to fail
        context.log(f"The graph's shape could not be told: {type(error).__name__}: {error}", level="DEBUG")
        return
    context.emit("graph", str(getattr(graph, "name", "graph")), nodes=nodes, edges=edges)


def _edge(edge: Any) -> dict[str, Any]:
    return {
        "source": str(edge.source),
        "target": str(edge.target),
        **({"label": str(edge.data)} if edge.data else {}),
        **({"conditional": True} if edge.conditional else {}),
    }
