"""COPIED INTO THE ENVIRONMENT: stands for what openagents imports but a network inside one process never uses.

That is gRPC's transport and the clients of MCP: 80 MB of packages, and a quarter of the time until a network begins.
"""

from typing import Any


class Absent:
    """Whatever is imported from here; to use it is an error."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError("AgentOrchestra leaves this part of openagents out: nothing of a network listens.")


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Absent
