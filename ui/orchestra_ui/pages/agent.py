"""One agent: how it is, what it is configured to do, what it did last, and how to call it."""

import json
import shlex
from collections.abc import Sequence

from nicegui import ui

from orchestra.domain.agents import Agent
from orchestra.domain.environments import EnvironmentFacts, EnvironmentState
from orchestra.domain.events import AgentChanged, Change, ExecutionChanged
from orchestra.domain.executions import Execution
from orchestra.errors import Invalid
from orchestra.services.agents import AgentDraft
from orchestra.services.starting import StartRequest
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.forms.schema import visible_values
from orchestra_ui.live import watch
from orchestra_ui.pages.agents import status_shown
from orchestra_ui.pages.budgets_part import BudgetsPart
from orchestra_ui.parts.dialogs import ask_task, confirm
from orchestra_ui.parts.elements import Link, Text, back_link, block, box, button
from orchestra_ui.parts.executions_table import executions_table
from orchestra_ui.parts.feedback import ask, attempt, tell, tell_problem
from orchestra_ui.parts.moment import Moment
from orchestra_ui.parts.status import Status
from orchestra_ui.wording import DASH, as_json, count, duration, one_line, share, uses_script

_NAME_CHARACTERS = 100


@guarded
async def agent_page(screen: Screen, agent_id: str) -> None:
    agent = await ask(screen.services.agents.get, screen.principal, agent_id)
    set_title(agent.name)
    view = _AgentView(screen, agent)
    await watch(lambda: screen.services.changes.follow(screen.principal), view.refresh, view.is_about)


class _AgentView:
    def __init__(self, screen: Screen, agent: Agent) -> None:
        self._screen = screen
        self._agent = agent
        self._titles = {framework.id: framework.title for framework in screen.services.frameworks.list()}
        self._configured_at: object = None
        self._is_leaving = False
        back_link("Agents", "/agents")
        self._draw_head()
        self._deployment = box()
        self._statistics = box("facts")
        self._draw_executions()
        self._budgets = BudgetsPart(screen, agent.id)
        with box("columns"):
            self._configured = box("card")
            with box("card"):
                with box("card-head"):
                    Text("Call it from a program", "h2")
                with box("card-body"):
                    self._draw_call()

    def is_about(self, change: Change) -> bool:
        is_ours = isinstance(change, AgentChanged | ExecutionChanged) and change.agent_id == self._agent.id
        return is_ours and not self._is_leaving

    async def refresh(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        agent = self._agent = await ask(services.agents.get, principal, self._agent.id)
        executions = await ask(services.agents.newest_executions, principal, agent.id)
        facts = await ask(services.environments.facts_for, principal, agent)
        self._name.show(one_line(agent.name))
        self._status.show(status_shown(agent))
        self._show_deployment(agent, facts)
        self._show_statistics(agent)
        self._show_executions(executions)
        await self._budgets.refresh()
        if agent.updated_at != self._configured_at:
            self._configured_at = agent.updated_at
            self._show_configuration(agent)

    def _draw_head(self) -> None:
        agent = self._agent
        with box("page-head"):
            with box("title"):
                self._name = Text(one_line(agent.name), "h1", "foreign")
                self._status = Status(status_shown(agent), pill=True)
                if uses_script(agent.configuration):
                    Text("scripted", classes="tag")
            with box("actions"):
                self._run_dialog = ask_task(one_line(agent.name, 60), self._run)
                self._delete_dialog: ui.dialog | None = None
                button("Run", self._run_dialog.open, "main", "play_arrow")
                button("Edit", lambda: ui.navigate.to(f"/agents/{agent.id}/edit"), icon="edit")
                button("Duplicate", self._duplicate, icon="content_copy")
                button("Delete", self._ask_to_delete, "bad", "delete_outline")
        if agent.description:
            Text(agent.description, "p", "soft foreign")
        if agent.tags:
            with box("tags"):
                for tag in agent.tags:
                    Text(one_line(tag, 60), classes="tag foreign")

    def _draw_executions(self) -> None:
        with box("card"):
            with box("card-head"):
                Text("Recent executions", "h2")
                Link("All of them", f"/executions?agent={self._agent.id}")
            self._none = Text("It has not run yet.", "p", "card-body soft")
            self._frame = box("flush")
            with self._frame:
                self._rows = executions_table(self._titles, of_one_agent=True)

    def _show_executions(self, executions: Sequence[Execution]) -> None:
        self._none.visible = not executions
        self._frame.visible = bool(executions)
        self._rows.show((execution.id, execution) for execution in executions)

    def _show_deployment(self, agent: Agent, facts: EnvironmentFacts | None) -> None:
        """Say what keeps the agent from running, and offer to mend it."""
        self._deployment.clear()
        if facts is None or facts.state.is_usable:
            return
        building = facts.state is EnvironmentState.BUILDING
        with self._deployment, box("notice" if building else "notice warn", role="status"):
            ui.icon("schedule" if building else "error").props["aria-hidden"] = "true"
            with box("stack"):
                title = self._titles.get(agent.framework, agent.framework)
                message = facts.message if facts.message.startswith(title) else f"{title}: {facts.message}"
                Text(f"{title} is being installed." if building else message, "div", "foreign")
                with box("actions"):
                    if not building:
                        button("Deploy", self._deploy, "main", "download")
                    Link("Frameworks", "/frameworks")

    async def _deploy(self) -> None:
        services, principal, agent_id = self._screen.services, self._screen.principal, self._agent.id
        await attempt(lambda: services.agents.deploy(principal, agent_id), "What it needs is being installed.")

    def _show_statistics(self, agent: Agent) -> None:
        known = agent.statistics
        self._statistics.clear()
        with self._statistics:
            Text(self._titles.get(agent.framework, agent.framework))
            Text(count(known.total, "execution"))
            if known.total:
                Text(f"{share(known.successful, known.total)} completed")
                Text(f"{duration(known.average_ms)} on average")
            with box(tag="span"):
                Text("changed ")
                Moment(agent.updated_at).classes("inline")

    def _show_configuration(self, agent: Agent) -> None:
        self._configured.clear()
        with self._configured:
            with box("card-head"):
                Text("Configuration", "h2")
                Link("Edit", f"/agents/{agent.id}/edit")
            with box("card-body"):
                self._show_values(agent)

    def _show_values(self, agent: Agent) -> None:
        try:
            schema = self._screen.services.frameworks.schema(agent.framework)
        except Invalid as error:
            Text(error.message, "p", "soft")
            block(as_json(dict(agent.configuration)))
            return
        if not agent.configuration:
            Text("It is a draft without a configuration, and cannot run yet. Edit it to give it one.", "p", "soft")
        with box("pairs", "dl"):
            for label, value in visible_values(schema, agent.configuration):
                Text(label, "dt", "foreign")
                Text(value if value != "" else DASH, "dd", "foreign")

    def _draw_call(self) -> None:
        Text("Make a key with “orchestra keys create NAME” and put it in the place of YOUR_KEY.", "p", "soft")
        base = str(ui.context.client.request.base_url).rstrip("/")
        command = curl(base, self._agent.id)
        block(command)

        def copy() -> None:
            ui.clipboard.write(command)
            tell("Copied.")

        with box("actions"):
            button("Copy", copy, icon="content_copy")

    async def _run(self, task: str) -> None:
        request = StartRequest(self._agent.id, {"task": task} if task.strip() else {})
        services, principal = self._screen.services, self._screen.principal
        try:
            execution = await attempt(lambda: services.executions.start(principal, request), "The run has started.")
        except Invalid as error:
            tell_problem(f"{error.message} Edit the agent to put it right.")
            return
        if execution is not None:
            self._run_dialog.close()
            ui.navigate.to(f"/executions/{execution.id}")

    async def _duplicate(self) -> None:
        agent, services, principal = self._agent, self._screen.services, self._screen.principal
        draft = AgentDraft(
            name=agent.name[: _NAME_CHARACTERS - 5] + " copy",
            framework=agent.framework,
            configuration=agent.configuration or None,
            description=agent.description,
            tags=agent.tags,
            is_active=agent.is_active,
        )
        try:
            made = await attempt(lambda: services.agents.create(principal, draft), "This is the copy.")
        except Invalid as error:
            tell_problem(f"{error.message} Edit the agent before you duplicate it.")
            return
        if made is not None:
            ui.navigate.to(f"/agents/{made.id}/edit")

    async def _ask_to_delete(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        agent = await attempt(lambda: services.agents.get(principal, self._agent.id))
        if agent is None:
            return
        total = agent.statistics.total
        rest = f"Its {count(total, 'execution')} with their logs and files go too. " if total else ""
        confirm(f"Delete {one_line(agent.name, 60)}?", f"{rest}This cannot be undone.", "Delete", self._delete).open()

    async def _delete(self) -> None:
        services, principal, agent = self._screen.services, self._screen.principal, self._agent
        self._is_leaving = True

        def delete() -> bool:
            services.agents.delete(principal, agent.id)
            return True

        if await attempt(delete, f"{one_line(agent.name, 60)} was deleted."):
            ui.navigate.to("/agents")
        else:
            self._is_leaving = False


def curl(base_url: str, agent_id: str) -> str:
    """The shell command that runs the agent over REST."""
    body = json.dumps({"agentId": agent_id, "input": {"task": "What to do"}})
    return (
        f"curl -X POST {shlex.quote(base_url + '/api/executions')} \\\n"
        "  -H 'Authorization: Bearer YOUR_KEY' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(body)}"
    )
