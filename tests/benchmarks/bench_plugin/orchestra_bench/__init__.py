"""Frameworks that do nothing, in each of the ways in which a worker comes to be."""

from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

HERE = Path(__file__).parent
LOCK = HERE.parents[1] / "langgraph.lock"
COMMON = {"description": "", "homepage": "", "license": "MIT", "config_schema": {"type": "object"}}


@hookimpl
def orchestra_frameworks():
    return [
        Framework(
            id="bench-langgraph",
            title="LangGraph",
            python=">=3.11",
            requirements=LOCK,
            imports=("langgraph.graph",),
            fork_safe=True,
            worker=HERE / "langgraph_worker.py",
            **COMMON,
        ),
        Framework(
            id="bench-reusable", title="Reusable", python=">=3.9", reusable=True, worker=HERE / "worker.py", **COMMON
        ),
        Framework(
            id="bench-zygote", title="Zygote", python=">=3.9", fork_safe=True, worker=HERE / "worker.py", **COMMON
        ),
    ]
