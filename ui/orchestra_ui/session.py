"""Ends the pages that are open under a session when that is over: signed out in whichever tab, expired, revoked."""

import asyncio

from nicegui import background_tasks, ui

from orchestra.domain.identity import Admission, Ending
from orchestra.services import Services

_FAREWELL_SECONDS = 1.0


def leave_when_signed_out(services: Services, admission: Admission) -> None:
    """Send this page to the sign-in once its admission is over, and cut its connection.

    A websocket would outlive the cookie it came with.
    """
    client = ui.context.client

    async def leave() -> None:
        ending = await services.watch.ended(admission)
        # Not by the router: the sign-in is no page of ours, and what another role sees is drawn anew.
        script = "location.reload()" if ending is Ending.ROLE_CHANGED else "location.assign('/sign-in')"
        client.run_javascript(script)
        await asyncio.sleep(_FAREWELL_SECONDS)
        client.delete()

    task = background_tasks.create(leave(), name="session")
    client.on_delete(task.cancel)
