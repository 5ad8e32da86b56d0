"""The list of executions."""

import asyncio
from collections.abc import Mapping

from nicegui import PageArguments, ui

from orchestra.domain.executions import Execution, ExecutionStatus
from orchestra.errors import NotFound
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.live import watch
from orchestra_ui.pages.queue_banner import QueueBanner
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.executions_table import executions_table
from orchestra_ui.parts.feedback import ask
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.status import word_for
from orchestra_ui.parts.table import PAGE_ROWS, filter_group, page_number, show_pager
from orchestra_ui.wording import one_line

_AGENT_CHIPS = 8


@guarded
async def executions_page(screen: Screen, args: PageArguments) -> None:
    set_title("Executions")
    view = _ExecutionsView(screen, dict(args.query_parameters))
    services, principal = screen.services, screen.principal
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(watch(lambda: services.changes.follow(principal), view.refresh))
            group.create_task(watch(lambda: services.queue.follow(principal), view.banner.refresh))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # told as it is, not as a group


class _ExecutionsView:
    def __init__(self, screen: Screen, parameters: Mapping[str, str]) -> None:
        self._screen = screen
        self._titles = {framework.id: framework.title for framework in screen.services.frameworks.list()}
        self._page = page_number(parameters)
        self._status = ExecutionStatus(given) if (given := parameters.get("status")) in set(ExecutionStatus) else None
        self._agent = parameters.get("agent") or None
        self._is_drawn_for: bool | None = None
        self._rows: KeyedRows[str, Execution]
        with box("page-head"):
            Text("Executions", "h1")
            actions = box("actions")
        self.banner = QueueBanner(screen)
        with actions:
            self.banner.pause_button()
        self._content = box("stack")
        with self._content:
            Text("Loading executions", "div", "waiting")

    async def refresh(self) -> None:
        page = await ask(
            self._screen.services.executions.list,
            self._screen.principal,
            agent_id=self._agent,
            status=self._status,
            page=self._page,
            limit=PAGE_ROWS,
        )
        nothing = page.total == 0 and self._status is None and self._agent is None
        if self._is_drawn_for is not nothing:
            chips = [] if nothing else await self._agent_chips()
            self._is_drawn_for = nothing
            self._content.clear()
            with self._content:
                self._draw_empty() if nothing else self._draw_list(chips)
        if nothing:
            return
        self._rows.show((execution.id, execution) for execution in page.items)
        self._pager.clear()
        with self._pager:
            show_pager("/executions", self._parameters, page, "execution")

    @property
    def _parameters(self) -> dict[str, str | None]:
        return {"agent": self._agent, "status": self._status.value if self._status else None}

    async def _agent_chips(self) -> list[tuple[str, str]]:
        """The newest agents, and the one that is chosen."""
        agents = self._screen.services.agents
        newest = (await ask(agents.list, self._screen.principal, limit=_AGENT_CHIPS)).items
        chips = {agent.id: one_line(agent.name, 40) for agent in newest}
        if self._agent and self._agent not in chips:
            try:
                chosen = await ask(agents.get, self._screen.principal, self._agent)
            except NotFound:
                return [*chips.items(), (self._agent, "Deleted agent")]
            chips[chosen.id] = one_line(chosen.name, 40)
        return list(chips.items())

    def _draw_empty(self) -> None:
        with box("empty"):
            Text("Every run of an agent is kept here, with its log and its answer.", "p")
            button("Choose an agent to run", lambda: ui.navigate.to("/agents"), "main")

    def _draw_list(self, agents: list[tuple[str, str]]) -> None:
        with box("filters"):
            statuses = [(status.value, word_for(status.value)) for status in ExecutionStatus]
            filter_group("Status", "/executions", self._parameters, "status", statuses)
            filter_group("Agent", "/executions", self._parameters, "agent", agents)
        self._rows = executions_table(self._titles)
        self._pager = box()
