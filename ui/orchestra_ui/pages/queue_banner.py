"""Says that the queue is paused, and lets an owner pause and resume it."""

from nicegui import ui

from orchestra.domain.identity import Permission, Role
from orchestra.domain.queueing import QueueState
from orchestra_ui.context import Screen
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import ask, attempt
from orchestra_ui.parts.moment import Moment
from orchestra_ui.wording import count


class QueueBanner:
    """A notice while the queue is paused; `pause_button` draws the button that pauses it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        principal = screen.principal
        self._may = principal.may(Permission.ADMIN) and principal.role is Role.OWNER
        self._pause: ui.button | None = None
        self._root = box()

    def pause_button(self) -> None:
        if self._may:
            self._pause = button("Pause the queue", self._ask_to_pause, "quiet", "pause")
            self._pause.visible = False

    async def refresh(self) -> None:
        state = await ask(self._screen.services.queue.show, self._screen.principal)
        if not self._root.is_deleted:
            self._show(state)

    def _show(self, state: QueueState) -> None:
        if self._pause is not None:
            self._pause.visible = state.pause is None
        self._root.clear()
        if state.pause is None:
            return
        with self._root, box("notice warn", role="status"):
            ui.icon("pause_circle").props["aria-hidden"] = "true"
            with box("stack"):
                with box():
                    Text("The queue is paused by ")
                    Text(state.pause.by, classes="foreign")
                    Text(" since ")
                    Moment(state.pause.since, "clock")
                    waiting = state.waiting + state.retrying
                    Text(f". Nothing starts; {count(waiting, 'execution')} waiting, {state.running} running.")
                if self._may:
                    with box("actions"):
                        button("Resume", self._ask_to_resume, "main")

    async def _ask_to_pause(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        await attempt(lambda: services.queue.pause(principal), "Nothing starts from now on.")
        await self.refresh()

    async def _ask_to_resume(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        await attempt(lambda: services.queue.resume(principal), "What waits starts again.")
        await self.refresh()
