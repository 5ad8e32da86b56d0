"""The Python client: all of the REST contract, typed, for programs that wait and for programs that await.

    from orchestra.client import Client

    with Client("http://127.0.0.1:3000", "ao_…") as client:
        started = client.executions.start(agent_id, input={"task": "count"})
        for event in client.executions.stream(started["executionId"]):
            print(event.kind, event.message)

Docs: docs/client.md. Each name is imported when it is first asked for, since a program needs one client of the two.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.client.asynchronous import AsyncClient
    from orchestra.client.blocking import Client
    from orchestra.client.errors import ApiError, Unreachable
    from orchestra.client.events import StreamEvent

__all__ = ["ApiError", "AsyncClient", "Client", "StreamEvent", "Unreachable"]

_HOMES = {
    "ApiError": "errors",
    "AsyncClient": "asynchronous",
    "Client": "blocking",
    "StreamEvent": "events",
    "Unreachable": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
