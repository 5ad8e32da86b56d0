"""A graph that is opened and closed, one that says much, and an agent that is made for each run."""

# pyright: reportMissingImports=false

from contextlib import asynccontextmanager
from typing import Annotated, Any, TypedDict

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import START, StateGraph, add_messages
from langgraph.prebuilt import ToolNode


class State(TypedDict, total=False):
    messages: Annotated[list[Any], add_messages]
    turn: int


@tool
def look_up(number: int) -> str:
    """Look up an entry of the archive."""
    return f"entry {number}"


@asynccontextmanager
async def opened(config: dict[str, Any]):
    print("the archive is opened")

    def answer(state: State) -> State:
        return {"messages": [AIMessage(f"shelf {config['configurable'].get('shelf')}")]}

    yield StateGraph(State).add_node(answer).add_edge(START, "answer").compile()
    print("the archive is closed")


def say_it_raw(state: State) -> dict[str, Any]:
    return {"messages": [("ai", "from inside")]}


inside = StateGraph(State).add_node(say_it_raw).add_edge(START, "say_it_raw").compile()
outside = StateGraph(State)
outside.add_node("inside", inside)
outside.add_node("again", lambda state: {"messages": {"role": "assistant", "content": "from inside"}})
outside.add_edge(START, "inside")
outside.add_edge("inside", "again")


def speak(state: State) -> State:
    turn = state.get("turn", 0)
    calls = [{"name": "look_up", "args": {"number": turn}, "id": f"call-{turn}"}] if turn < 30 else []
    text = "x" * 2_000_000 if turn == 199 else f"turn {turn}"
    return {"messages": [AIMessage(text, tool_calls=calls)], "turn": turn + 1}


def further(state: State) -> str:
    if state.get("messages", [])[-1].tool_calls:
        return "tools"
    return "speak" if state.get("turn", 0) < 200 else "__end__"


many = StateGraph(State)
many.add_node(speak)
many.add_node("tools", ToolNode([look_up]))
many.add_edge(START, "speak")
many.add_conditional_edges("speak", further, ["tools", "speak", "__end__"])
many.add_edge("tools", "speak")


def agent_for(config: dict[str, Any]):
    model = ChatOpenAI(model=config["configurable"]["model"])
    return create_agent(model, tools=[look_up], system_prompt="You keep an archive.", name="archivist")
