"""Graphs become pictures: every node has a place of its own, and arrows lead on where they can."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.events import Event, EventKind
from orchestra_ui.diagram import HEIGHT, WIDTH, Graph, graph_of, lay_out
from orchestra_ui.timeline import Timeline

IDS = st.integers(0, 11).map(str)
PAIRS = st.lists(st.tuples(IDS, IDS), max_size=40)


def graph(*edges: tuple[str, str], extra: tuple[str, ...] = ()) -> Graph:
    ids = dict.fromkeys([one for edge in edges for one in edge] + list(extra))
    data: dict[str, Any] = {
        "nodes": [{"id": one, "name": one} for one in ids],
        "edges": [{"source": source, "target": target} for source, target in edges],
    }
    found = graph_of("g", data, 100)
    assert found is not None
    return found


@given(PAIRS)
def test_nodes_never_lie_on_each_other_and_all_lie_inside(pairs: list[tuple[str, str]]) -> None:
    drawn = lay_out(graph(*pairs, extra=("x", "y")))
    boxes = list(drawn.places.values())
    for number, (x, y) in enumerate(boxes):
        assert 0 <= x <= drawn.width - WIDTH and 0 <= y <= drawn.height - HEIGHT
        assert all(abs(x - left) >= WIDTH or abs(y - top) >= HEIGHT for left, top in boxes[:number])
    assert len(drawn.lines) == len(set(pairs))


def test_a_chain_stands_in_a_row_and_branches_below_each_other() -> None:
    places = lay_out(graph(("a", "b"), ("b", "c"), ("a", "d"), ("d", "c"))).places
    assert places["a"][0] < places["b"][0] == places["d"][0] < places["c"][0]
    assert places["b"][1] != places["d"][1]


def test_a_circle_is_drawn_from_where_it_begins() -> None:
    places = lay_out(graph(("start", "write"), ("write", "review"), ("review", "write"), ("review", "end"))).places
    assert [places[one][0] for one in ("start", "write", "review", "end")] == sorted(one[0] for one in places.values())


def test_what_is_no_graph_is_not_drawn() -> None:
    for data in (
        {},
        {"nodes": "no", "edges": 3},
        {"nodes": [{"id": "alone"}], "edges": []},
        {"nodes": [None, {"id": 7}, {"name": "x"}]},
        {"nodes": [{"id": str(number)} for number in range(101)]},
    ):
        assert graph_of(None, data, 100) is None


def test_edges_to_nowhere_and_foreign_types_are_left_out() -> None:
    nodes = [{"id": "a", "name": 5}, {"id": "b", "name": "<script>"}, {"id": "a", "name": "again"}]
    edges = [{"source": "a", "target": "z"}, "no", {"source": "a", "target": "b", "label": 3, "conditional": "yes"}]
    found = graph_of({"no": "name"}, {"nodes": nodes, "edges": edges}, 100)
    assert found is not None
    assert [(one.id, one.name) for one in found.nodes] == [("a", "a"), ("b", "<script>")]
    assert [(one.source, one.target, one.label, one.is_conditional) for one in found.edges] == [("a", "b", "", False)]


def test_nodes_run_and_are_done_as_their_steps_say() -> None:
    nodes = [{"id": one, "name": f"The {one}"} for one in ("writer", "critic", "end")]
    timeline = Timeline()
    timeline.apply(
        [
            event(1, EventKind.GRAPH, "g", nodes=nodes, edges=[{"source": "writer", "target": "critic"}]),
            event(2, EventKind.STEP_STARTED, "turn", step="a", node="writer"),
            event(3, EventKind.STEP_ENDED, "turn", step="a"),
            event(4, EventKind.STEP_STARTED, "The critic", step="b"),
            event(5, EventKind.STEP_STARTED, "elsewhere", step="c"),
        ]
    )
    assert timeline.nodes() == ({"critic"}, {"writer"})


def event(seq: int, kind: EventKind, message: str, step: str | None = None, **data: Any) -> Event:
    return Event(1, 1, seq, float(seq), kind, None, message, step, data)
