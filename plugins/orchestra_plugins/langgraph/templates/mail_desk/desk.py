"""A mail desk as a LangGraph project may have it: a mail is sorted by a model, then answered by one of two nodes."""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from typing import Any, Literal, NotRequired, TypedDict

from langchain_core.runnables import RunnableConfig
from langchain_openai import ChatOpenAI
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph


class Mail(TypedDict):
    mail: str
    kind: NotRequired[str]
    answer: NotRequired[str]


def model(config: RunnableConfig) -> ChatOpenAI:
    return ChatOpenAI(model=config.get("configurable", {}).get("model", "gpt-4o-mini"))


async def sort(state: Mail, config: RunnableConfig) -> dict[str, Any]:
    reply = await model(config).ainvoke(f"Sort this mail; say billing or other.\n\n{state['mail']}")
    return {"kind": reply.text.strip()}


def desk_for(state: Mail) -> Literal["billing", "front_desk"]:
    return "billing" if state.get("kind") == "billing" else "front_desk"


async def billing(state: Mail, config: RunnableConfig) -> dict[str, Any]:
    get_stream_writer()("The mail is the billing desk's.")
    reply = await model(config).ainvoke(f"Answer as the billing desk.\n\n{state['mail']}")
    return {"answer": reply.text.strip()}


async def front_desk(state: Mail, config: RunnableConfig) -> dict[str, Any]:
    reply = await model(config).ainvoke(f"Answer as the front desk.\n\n{state['mail']}")
    return {"answer": reply.text.strip()}


graph = (
    StateGraph(Mail)
    .add_node(sort)
    .add_node(billing)
    .add_node(front_desk)
    .add_edge(START, "sort")
    .add_conditional_edges("sort", desk_for)
    .add_edge("billing", END)
    .add_edge("front_desk", END)
    .compile()
)
