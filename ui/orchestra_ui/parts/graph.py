"""Draws what a framework is about to run as nodes and arrows, and marks where it is."""

from collections.abc import Set

from nicegui import ui

from orchestra_ui.diagram import HEIGHT, WIDTH, Diagram, Graph, Line, lay_out
from orchestra_ui.parts.elements import Text, box
from orchestra_ui.wording import one_line

_NODE_CHARACTERS = 20
_LABEL_CHARACTERS = 14


class GraphPicture:
    """Nothing, until there is a graph."""

    def __init__(self) -> None:
        self.root = box("card")
        self.root.visible = False
        self._graph: Graph | None = None
        self._nodes: dict[str, ui.element] = {}
        self._looks: dict[str, str] = {}

    def show(self, graph: Graph | None, running: Set[str], done: Set[str]) -> None:
        """Draw the graph, unless it is drawn already, and mark the nodes."""
        if graph is not None and graph is not self._graph:
            self._graph = graph
            self._draw(graph)
        for id, node in self._nodes.items():
            look = "running" if id in running else "done" if id in done else "open"
            if self._looks.get(id) != look:
                self._looks[id] = look
                node.classes(replace=f"graph-node {look}")

    def _draw(self, graph: Graph) -> None:
        diagram = lay_out(graph)
        self.root.visible = True
        self.root.clear()
        self._nodes, self._looks = {}, {}
        with self.root:
            with box("card-head"):
                Text(one_line(graph.name), "h2", "foreign")
            with box("graph", tabindex="0", role="group", aria_label="Graph"):
                self._draw_picture(graph, diagram)

    def _draw_picture(self, graph: Graph, diagram: Diagram) -> None:
        size = {"width": f"{diagram.width:.0f}", "height": f"{diagram.height:.0f}"}
        with box("", "svg", role="img", aria_label=_told(graph), **size):
            head = _draw_arrow_head()
            for line in diagram.lines:
                _draw_line(line, head)
            for node in graph.nodes:
                x, y = diagram.places[node.id]
                self._nodes[node.id] = box("graph-node open", "g", transform=f"translate({x:.0f},{y:.0f})")
                with self._nodes[node.id]:
                    Text(node.name[:500], "title")
                    box("", "rect", width=str(WIDTH), height=str(HEIGHT), rx="8")
                    name = Text(one_line(node.name, _NODE_CHARACTERS), "text")
                    name.props.update({"x": str(WIDTH / 2), "y": str(HEIGHT / 2 + 4), "text-anchor": "middle"})


def _draw_arrow_head() -> str:
    """The end of every line; where lines find it."""
    with box("", "defs"):
        head = box(
            "", "marker", viewBox="0 0 8 8", refX="6", refY="4", markerWidth="7", markerHeight="7", orient="auto"
        )
        with head:
            box("graph-arrow", "path", d="M0,0 L8,4 L0,8 z")
    return f"url(#{head.html_id})"


def _draw_line(line: Line, head: str) -> None:
    look = "graph-line conditional" if line.edge.is_conditional else "graph-line"
    box(look, "path", d=line.path, fill="none", marker_end=head)
    if line.edge.label:
        label = Text(one_line(line.edge.label, _LABEL_CHARACTERS), "text", "graph-label")
        label.props.update({"x": f"{line.label_x:.0f}", "y": f"{line.label_y:.0f}", "text-anchor": "middle"})


def _told(graph: Graph) -> str:
    """The picture in words, for who does not see it."""
    names = {node.id: node.name for node in graph.nodes}
    ways = [f"{one_line(names[edge.source], 40)} to {one_line(names[edge.target], 40)}" for edge in graph.edges]
    return f"{len(graph.nodes)} nodes. " + "; ".join(ways[:40])
