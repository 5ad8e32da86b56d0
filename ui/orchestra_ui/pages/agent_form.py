"""Making an agent, from a framework and a template, and changing one."""

import functools
from collections.abc import Awaitable, Callable, Sequence

from nicegui import PageArguments, ui

from orchestra.domain.agents import AgentChanges
from orchestra.domain.configurations import sample_id
from orchestra.domain.frameworks import Framework, Sample
from orchestra.errors import PreconditionFailed
from orchestra.services.agents import AgentDraft
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.forms.agent_editor import AgentEditor, AgentValues
from orchestra_ui.parts.elements import Link, Text, back_link, box, button
from orchestra_ui.parts.feedback import ask, attempt
from orchestra_ui.parts.table import address
from orchestra_ui.wording import one_line

_PATH = "/agents/new"
_EMPTY = "empty"


@guarded
async def new_agent_page(screen: Screen, args: PageArguments) -> None:
    set_title("New agent")
    frameworks = screen.services.frameworks.list()
    wanted = args.query_parameters.get("framework")
    framework = next((f for f in frameworks if f.id == wanted or len(frameworks) == 1), None)
    back_link("Agents", "/agents")
    with box("page-head"):
        Text("New agent", "h1")
    _choose_framework(frameworks, framework)
    if framework is not None:
        template = args.query_parameters.get("template")
        _choose_template(framework, template)
        sample = next((sample for sample in framework.samples if sample.id == template), None)
        if sample is not None or template == _EMPTY or not framework.samples:
            _draw_new(screen, framework, sample)


@guarded
async def edit_agent_page(screen: Screen, agent_id: str) -> None:
    services, principal = screen.services, screen.principal
    agent = await ask(services.agents.get, principal, agent_id)
    path = f"/agents/{agent.id}"
    set_title(f"Edit {one_line(agent.name, 60)}")
    back_link(one_line(agent.name, 60), path)
    with box("page-head"):
        Text(f"Edit {one_line(agent.name)}", "h1", "foreign")

    editions: list[str] | None = [agent.edition]
    conflict = _Conflict(path)

    async def save(values: AgentValues) -> bool:
        changes: AgentChanges = {
            "name": values.name,
            "description": values.description or None,
            "tags": values.tags,
            "is_active": values.is_active,
            "configuration": dict(values.configuration or {}),
        }
        update = functools.partial(services.agents.update, principal, agent.id, changes, editions=editions)
        try:
            saved = await attempt(update, "Saved.")
        except PreconditionFailed:
            conflict.show()
            return False
        if saved is not None:
            ui.navigate.to(path)
        return saved is not None

    async def save_over() -> None:
        nonlocal editions
        editions = None
        await editor.submit()

    conflict.on_save_over = save_over
    schema = services.frameworks.schema(agent.framework)
    values = AgentValues(agent.name, agent.description or "", agent.tags, agent.is_active, agent.configuration)
    editor = AgentEditor(schema, services.frameworks.models(), values, save, path)


class _Conflict:
    """Says that somebody else saved meanwhile, and what can be done about it."""

    def __init__(self, path: str) -> None:
        self.on_save_over: Callable[[], Awaitable[None]] | None = None
        self._path = path
        self._notice = box("notice bad", role="alert")
        self._notice.visible = False
        with self._notice:
            ui.icon("error").props["aria-hidden"] = "true"
            with box():
                Text("Somebody else saved this agent while you changed it.", "h3")
                Text("Your changes are not saved. Look at theirs, then choose which are to stay.", "p")
                with box("actions"):
                    button("Look at theirs", lambda: ui.navigate.to(self._path, new_tab=True))
                    button("Save mine over theirs", self._save_over, "bad")
                    button("Drop mine", self._drop)

    def show(self) -> None:
        self._notice.visible = True
        self._notice.run_method("scrollIntoView", {"block": "center"})

    async def _save_over(self) -> None:
        self._notice.visible = False
        if self.on_save_over is not None:
            await self.on_save_over()

    def _drop(self) -> None:
        ui.run_javascript("orchestra.unsaved = false; location.reload()")


def _choose_framework(frameworks: Sequence[Framework], chosen: Framework | None) -> None:
    Text("Framework", "h2")
    if not frameworks:
        Text("No framework is installed, or none of them works. The server's log says why.", "p", "soft")
    with box("cards"):
        for framework in frameworks:
            path = address(_PATH, {"framework": framework.id})
            facts = f"{framework.license} licence"
            _choice(path, framework.title, framework.description, facts, chosen is framework)


def _choose_template(framework: Framework, chosen: str | None) -> None:
    if not framework.samples:
        return
    Text("Start from", "h2")
    with box("cards"):
        for sample in framework.samples:
            path = address(_PATH, {"framework": framework.id, "template": sample.id})
            _choice(path, sample.title, sample.description, _model_note(sample), chosen == sample.id)
        path = address(_PATH, {"framework": framework.id, "template": _EMPTY})
        _choice(path, "Empty", "Every value is yours to choose.", "", chosen == _EMPTY)


def _model_note(sample: Sample) -> str:
    return "Runs offline with the scripted model" if sample.script is not None else ""


def _choice(path: str, title: str, text: str, note: str, is_chosen: bool) -> None:
    with Link("", path, "choice") as link:
        Text(title, classes="name foreign")
        Text(text, classes="soft foreign")
        if note:
            Text(note, classes="tag foreign")
    if is_chosen:
        link.props["aria-current"] = "true"


def _draw_new(screen: Screen, framework: Framework, sample: Sample | None) -> None:
    services, principal = screen.services, screen.principal

    async def save(values: AgentValues) -> bool:
        draft = AgentDraft(
            name=values.name,
            framework=framework.id,
            configuration=values.configuration,
            description=values.description or None,
            tags=values.tags,
            is_active=values.is_active,
            configuration_id=None if sample is None else sample_id(framework.id, sample.id),
        )
        agent = await attempt(lambda: services.agents.create(principal, draft), "The agent was created.")
        if agent is not None:
            ui.navigate.to(f"/agents/{agent.id}")
        return agent is not None

    values = AgentValues()
    if sample is not None:
        values = AgentValues(sample.title, sample.description, configuration=sample.configuration)
    Text("Agent", "h2")
    schema = services.frameworks.schema(framework.id)
    AgentEditor(schema, services.frameworks.models(), values, save, "/agents")
