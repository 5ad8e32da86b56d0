"""Ends the pages that are open under a session when its person signs out, in whichever tab."""

import asyncio

from nicegui import background_tasks, ui

from orchestra.services import Services

_FAREWELL_SECONDS = 1.0


def leave_when_signed_out(services: Services, session_hash: str) -> None:
    """Send this page to the sign-in, and cut its connection: a websocket would outlive the cookie it came with."""
    client = ui.context.client

    async def leave() -> None:
        await services.changes.session_ended(session_hash)
        client.run_javascript("location.assign('/sign-in')")  # not a page of ours that the router could show
        await asyncio.sleep(_FAREWELL_SECONDS)
        client.delete()

    task = background_tasks.create(leave(), name="session")
    client.on_delete(task.cancel)
