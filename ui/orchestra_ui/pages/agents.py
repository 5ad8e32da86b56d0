"""The list of agents."""

from collections.abc import Mapping

from nicegui import PageArguments, ui

from orchestra.domain.agents import Agent, AgentStatus
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.live import watch
from orchestra_ui.pages.budget_banner import BudgetBanner
from orchestra_ui.parts.elements import Link, Text, box, button
from orchestra_ui.parts.feedback import ask
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.moment import Moment
from orchestra_ui.parts.status import Status, word_for
from orchestra_ui.parts.table import PAGE_ROWS, cell, filter_group, page_number, show_pager, table, text_cell
from orchestra_ui.wording import DASH, duration, one_line, share

_COLUMNS = {
    "Name": "",
    "Framework": "",
    "Status": "",
    "Executions": "number",
    "Success": "number hide-small",
    "Last run": "",
    "Average time": "number hide-small",
}
_STATUSES = (AgentStatus.IDLE, AgentStatus.RUNNING, AgentStatus.ERROR, AgentStatus.DEPLOYING)


@guarded
async def agents_page(screen: Screen, args: PageArguments) -> None:
    set_title("Agents")
    view = _AgentsView(screen, dict(args.query_parameters))
    await watch(lambda: screen.services.changes.follow(screen.principal), view.refresh)


class _AgentsView:
    def __init__(self, screen: Screen, parameters: Mapping[str, str]) -> None:
        self._screen = screen
        self._titles = {framework.id: framework.title for framework in screen.services.frameworks.list()}
        self._page = page_number(parameters)
        self._status = AgentStatus(given) if (given := parameters.get("status", "")) in set(AgentStatus) else None
        self._framework = parameters.get("framework")
        self._is_drawn_for: bool | None = None
        with box("page-head"):
            Text("Agents", "h1", "grow")
            button("New agent", lambda: ui.navigate.to("/agents/new"), "main", "add")
        self._banner = BudgetBanner(screen)
        self._content = box("stack")
        with self._content:
            Text("Loading agents", "div", "waiting")

    async def refresh(self) -> None:
        await self._banner.refresh()
        page = await ask(
            self._screen.services.agents.list,
            self._screen.principal,
            framework=self._framework,
            status=self._status,
            page=self._page,
            limit=PAGE_ROWS,
        )
        nothing = page.total == 0 and self._status is None and self._framework is None
        if self._is_drawn_for is not nothing:
            self._is_drawn_for = nothing
            self._content.clear()
            with self._content:
                self._draw_empty() if nothing else self._draw_list()
        if nothing:
            return
        self._rows.show((agent.id, agent) for agent in page.items)
        self._pager.clear()
        with self._pager:
            show_pager("/agents", self._parameters, page, "agent")

    @property
    def _parameters(self) -> dict[str, str | None]:
        return {"framework": self._framework, "status": self._status.value if self._status else None}

    def _draw_empty(self) -> None:
        with box("empty"):
            Text("An agent is a framework with a configuration, ready to be run.", "p")
            button("Create your first agent", lambda: ui.navigate.to("/agents/new"), "main")

    def _draw_list(self) -> None:
        with box("filters"):
            statuses = [(status.value, word_for(status.value)) for status in _STATUSES]
            filter_group("Status", "/agents", self._parameters, "status", statuses)
            filter_group("Framework", "/agents", self._parameters, "framework", list(self._titles.items()))
        self._rows: KeyedRows[str, Agent] = KeyedRows(table("Agents", _COLUMNS), self._draw_row)
        self._pager = box()

    def _draw_row(self, agent: Agent) -> "_AgentRow":
        return _AgentRow(agent, self._titles.get(agent.framework, agent.framework))


class _AgentRow:
    def __init__(self, agent: Agent, framework: str) -> None:
        self.root = box(tag="tr")
        with self.root:
            with cell("wide"):
                self._name = Link("", f"/agents/{agent.id}", "row-link foreign")
            text_cell().show(framework)
            with cell():
                self._status = Status(status_shown(agent))
            self._total = text_cell("number")
            self._success = text_cell("number hide-small")
            self._last = cell()
            self._average = text_cell("number hide-small")
        self._moment: Moment | None = None
        self.show(agent)

    def show(self, agent: Agent) -> None:
        statistics = agent.statistics
        self._name.show(one_line(agent.name))
        self._status.show(status_shown(agent))
        self._total.show(f"{statistics.total:,}")
        self._success.show(share(statistics.successful, statistics.total))
        self._average.show(duration(statistics.average_ms))
        if statistics.last_executed_at is None:
            self._show_never()
        elif self._moment is None:
            self._last.clear()
            with self._last:
                self._moment = Moment(statistics.last_executed_at)
        else:
            self._moment.show(statistics.last_executed_at)

    def _show_never(self) -> None:
        if not self._last.default_slot.children:
            with self._last:
                Text(DASH)


def status_shown(agent: Agent) -> str:
    """The agent's status; being switched off matters more than being idle."""
    return agent.status.value if agent.is_active or agent.status is AgentStatus.RUNNING else "OFF"
