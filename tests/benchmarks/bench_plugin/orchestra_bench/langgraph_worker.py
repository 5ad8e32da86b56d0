"""Does nothing, in a process that has loaded LangGraph."""

import importlib

importlib.import_module("langgraph.graph")


def run(request, context):
    return {"answer": 42}
