"""LangGraph's worker half: runs in the environment of the lock beside it, loaded by path as a package of its own."""

import os

# Before anything of LangChain is imported: nothing is traced to a service elsewhere, whatever a project's file says.
os.environ.update(LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false", LANGCHAIN_TRACING="false")

from . import rehearsal
from .run import run

__all__ = ["rehearse", "run"]


def rehearse() -> None:
    """Run once, for the processes that are forked from this one."""
    rehearsal.rehearse(run)
