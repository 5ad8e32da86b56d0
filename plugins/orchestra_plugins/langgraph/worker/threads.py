"""Keeps conversations: where a graph's checkpoints go, and which thread a run goes on with."""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

RUN = "orchestra_run"  # in a checkpoint's metadata: the execution that wrote it
_FILE = "checkpoints.sqlite"
_BUSY_MILLISECONDS = 30_000  # runs of one agent may write at the same time


def run_id() -> str:
    """This execution's id, the same for each attempt at it."""
    return os.environ.get("ORCHESTRA_EXECUTION", "run")


async def saver_for(thread: str | None, agent_folder: str, stack: contextlib.AsyncExitStack) -> Any:
    """In the agent's folder for a run in a thread, else in memory, which is enough to wait for an answer."""
    if thread is None:
        return InMemorySaver()
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    saver = await stack.enter_async_context(AsyncSqliteSaver.from_conn_string(str(Path(agent_folder, _FILE))))
    await saver.conn.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    return saver


def with_saver(graph: Any, saver: Any, *, is_lasting: bool) -> Any:
    """The graph with these checkpoints; one that brings its own keeps them, unless they would not last."""
    own = graph.checkpointer
    if own not in (None, True, False) and not (is_lasting and isinstance(own, InMemorySaver)):
        return graph
    return graph.copy(update={"checkpointer": saver})
