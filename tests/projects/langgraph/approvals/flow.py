"""Asks people: a workflow by the functional API, and a graph with two questions at once."""

# pyright: reportMissingImports=false

from typing import Annotated, Any, TypedDict

from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph, add_messages
from langgraph.types import interrupt


@task
def draft(topic: str) -> str:
    return f"A text on {topic}"


@entrypoint()
async def flow(inputs: dict[str, Any]) -> dict[str, Any]:
    text = await draft(inputs["topic"])  # pyright: ignore[reportGeneralTypeIssues] - a task, where LangGraph is
    verdict = interrupt({"question": "Is it good?", "choices": ["yes", "no"], "text": text})
    return {"answer": f"{text}: {verdict}"}


class Mail(TypedDict, total=False):
    messages: Annotated[list[Any], add_messages]
    seen: list[str]
    subject: str
    count: int


def ask_subject(state: Mail) -> Mail:
    return {"subject": interrupt("What is the subject?")}


def ask_count(state: Mail) -> Mail:
    return {"count": interrupt({"message": "How many?", "schema": {"type": "integer", "minimum": 1}})}


def send(state: Mail) -> dict[str, Any]:
    words = f"{state.get('subject')} x {state.get('count')}, message {len(state.get('messages', []))}"
    return {"messages": [("ai", words)]}


mail = StateGraph(Mail)
mail.add_node(ask_subject)
mail.add_node(ask_count)
mail.add_node(send, defer=True)
mail.add_edge(START, "ask_subject")
mail.add_edge(START, "ask_count")
mail.add_edge(["ask_subject", "ask_count"], "send")
