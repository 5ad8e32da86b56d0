"""A newsroom: three desks take notes at the same time, by Send, and a subgraph makes a text of them."""

# pyright: reportMissingImports=false
# pyright: reportAttributeAccessIssue=false

import os

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from .state import State


def assign(state: State) -> list[Send]:
    return [Send("desk", {"topic": f"{state.get('topic')} {number}"}) for number in range(3)]


async def desk(state: State) -> State:
    return {"notes": [f"note on {state.get('topic')}"]}


def write(state: State) -> State:
    return {"text": f"{os.environ['NEWSROOM_STYLE']}: {'; '.join(sorted(state.get('notes', [])))}"}


editing = StateGraph(State).add_node(write).add_edge(START, "write").add_edge("write", END).compile()


def make():
    builder = StateGraph(State)
    builder.add_node(desk)
    builder.add_node("editing", editing)
    builder.add_conditional_edges(START, assign, ["desk"])
    builder.add_edge("desk", "editing")
    builder.add_edge("editing", END)
    return builder


graph = make().compile(name="newsroom")
