"""Ends the pages that are open under a session when that is over: signed out in whichever tab, expired, revoked."""

import asyncio

from nicegui import background_tasks, ui

from orchestra.domain.identity import Admission
from orchestra.services import Services

_FAREWELL_SECONDS = 1.0


def leave_when_signed_out(services: Services, admission: Admission) -> None:
    """Send this page to the sign-in, and cut its connection: a websocket would outlive the cookie it came with."""
    client = ui.context.client

    async def leave() -> None:
        await services.watch.ended(admission)
        client.run_javascript("location.assign('/sign-in')")  # not a page of ours that the router could show
        await asyncio.sleep(_FAREWELL_SECONDS)
        client.delete()

    task = background_tasks.create(leave(), name="session")
    client.on_delete(task.cancel)
