"""Lays out a graph in columns, from left to right, for a picture; pure.

The steps are those of Sugiyama, Tagawa and Toda (1981), in their simplest form: edges that close a circle are put
aside, each node stands one column behind the furthest of those that lead to it, and within a column near to those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 148, 34
_GAP_X, _GAP_Y, _MARGIN = 64, 18, 12
_SWEEPS = 3


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Edge:
    source: str
    target: str
    label: str = ""
    is_conditional: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """What a framework said that it would run; every edge is between two of the nodes."""

    name: str
    nodes: Sequence[Node]
    edges: Sequence[Edge]


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as an SVG path, and where its label stands."""

    edge: Edge
    path: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Diagram:
    """Left upper corners of the nodes by id, the lines between them, and the size of the whole, in pixels."""

    places: Mapping[str, tuple[float, float]]
    lines: Sequence[Line]
    width: float
    height: float


def graph_of(name: object, data: Mapping[str, object], most: int) -> Graph | None:
    """The graph in a `graph` event, read without trust; None if there is none, or more nodes than can be drawn."""
    nodes: dict[str, Node] = {}
    for one in _mappings(data.get("nodes")):
        id = one.get("id")
        if isinstance(id, str) and id:
            nodes.setdefault(id, Node(id, _text(one.get("name")) or id))
    if not 1 < len(nodes) <= most:
        return None
    edges: dict[tuple[str, str], Edge] = {}
    for one in _mappings(data.get("edges")):
        source, target = one.get("source"), one.get("target")
        if isinstance(source, str) and isinstance(target, str) and source in nodes and target in nodes:
            edge = Edge(source, target, _text(one.get("label")), one.get("conditional") is True)
            edges.setdefault((source, target), edge)
    return Graph(_text(name) or "Graph", list(nodes.values()), list(edges.values()))


def lay_out(graph: Graph) -> Diagram:
    columns = _columns(graph)
    tallest = max(len(column) for column in columns)
    height = tallest * (HEIGHT + _GAP_Y) - _GAP_Y
    places: dict[str, tuple[float, float]] = {}
    for number, column in enumerate(columns):
        top = _MARGIN + (height - (len(column) * (HEIGHT + _GAP_Y) - _GAP_Y)) / 2
        for row, id in enumerate(column):
            places[id] = (_MARGIN + number * (WIDTH + _GAP_X), top + row * (HEIGHT + _GAP_Y))
    floor = _MARGIN + height
    lines = [_line(edge, places, floor) for edge in graph.edges]
    deepest = floor + (_GAP_Y + 14 if any(_leads_back(edge, places) for edge in graph.edges) else 0)
    return Diagram(places, lines, 2 * _MARGIN + len(columns) * (WIDTH + _GAP_X) - _GAP_X, deepest + _MARGIN)


def _columns(graph: Graph) -> list[list[str]]:
    forward = _forward(graph)
    before: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for source, target in forward:
        before[target].append(source)
    depth: dict[str, int] = {}
    while len(depth) < len(before):  # without circles, each round settles at least one
        for id, sources in before.items():
            if id not in depth and all(source in depth for source in sources):
                depth[id] = max((depth[source] + 1 for source in sources), default=0)
    columns: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in graph.nodes:
        columns[depth[node.id]].append(node.id)
    for _ in range(_SWEEPS):
        _settle(columns, before)
    return columns


def _settle(columns: list[list[str]], before: Mapping[str, Sequence[str]]) -> None:
    """Put each node of a column at the average height of those that lead to it."""
    height = {id: (row + 1) / (len(column) + 1) for column in columns for row, id in enumerate(column)}
    for column in columns[1:]:
        column.sort(key=lambda id: sum(height[one] for one in before[id]) / max(1, len(before[id])))
        height |= {id: (row + 1) / (len(column) + 1) for row, id in enumerate(column)}


def _forward(graph: Graph) -> list[tuple[str, str]]:
    """The edges that close no circle, as seen from where the graph begins."""
    after: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        after[edge.source].append(edge.target)
    led_to = {edge.target for edge in graph.edges}
    kept: list[tuple[str, str]] = []
    done: set[str] = set()
    on_the_way: set[str] = set()

    def walk(id: str) -> None:
        on_the_way.add(id)
        for target in after[id]:
            if target in on_the_way:
                continue
            kept.append((id, target))
            if target not in done:
                walk(target)
        on_the_way.discard(id)
        done.add(id)

    for id in sorted(after, key=lambda one: one in led_to):  # stable: beginnings first, then in the order given
        if id not in done:
            walk(id)
    return kept


def _line(edge: Edge, places: Mapping[str, tuple[float, float]], floor: float) -> Line:
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    if _leads_back(edge, places):
        begin, end, low = x1 + WIDTH * 0.6, x2 + WIDTH * 0.4, floor + _GAP_Y
        path = (
            f"M{begin:.0f},{y1 + HEIGHT:.0f} C{begin:.0f},{low:.0f} {end:.0f},{low:.0f} {end:.0f},{y2 + HEIGHT + 5:.0f}"
        )
        return Line(edge, path, (begin + end) / 2, low + 8)
    begin, end, middle = x1 + WIDTH, x2 - 5, (x1 + WIDTH + x2) / 2
    above, below = y1 + HEIGHT / 2, y2 + HEIGHT / 2
    path = f"M{begin:.0f},{above:.0f} C{middle:.0f},{above:.0f} {middle:.0f},{below:.0f} {end:.0f},{below:.0f}"
    return Line(edge, path, middle, (above + below) / 2 - 5)


def _leads_back(edge: Edge, places: Mapping[str, tuple[float, float]]) -> bool:
    return places[edge.target][0] <= places[edge.source][0]


def _mappings(given: object) -> list[Mapping[str, object]]:
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""
