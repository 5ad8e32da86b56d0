"""The frameworks: what state their environments are in, and the buttons that install, repair and remove them."""

import asyncio
from collections.abc import Callable

from nicegui import ui

from orchestra.domain.environments import DiskUse, EnvironmentFacts, EnvironmentState, size_text
from orchestra.domain.frameworks import Framework
from orchestra.domain.identity import Permission, Role
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.live import watch
from orchestra_ui.pages.plugins_part import PluginsPart
from orchestra_ui.pages.samples_part import draw_samples
from orchestra_ui.parts.dialogs import confirm
from orchestra_ui.parts.elements import Text, block, box, button
from orchestra_ui.parts.feedback import ask, attempt, tell
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.status import Status

_LOG_CHARACTERS = 15_000
_INSTALL_WORDS = {
    EnvironmentState.NOT_INSTALLED: "Install",
    EnvironmentState.FAILED: "Try again",
    EnvironmentState.OUTDATED: "Install the new version",
}
_PRESENT = {EnvironmentState.READY, EnvironmentState.OUTDATED, EnvironmentState.BROKEN}


@guarded
async def frameworks_page(screen: Screen) -> None:
    set_title("Frameworks")
    view, plugins = _FrameworksView(screen), PluginsPart(screen)
    await asyncio.gather(
        watch(lambda: screen.services.environments.changes(screen.principal), view.refresh),
        watch(lambda: screen.services.plugins.changes(screen.principal), plugins.refresh),
    )


class _FrameworksView:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._disk_shown_for: list[EnvironmentState] | None = None
        with box("page-head"):
            Text("Frameworks", "h1", "grow")
            if _may_change(screen):
                button("Remove unused", self._remove_unused, icon="cleaning_services")
        self._disk = Text("", "p", "soft")
        self._rows: KeyedRows[str, tuple[Framework, EnvironmentFacts]] = KeyedRows(box("stack"), self._draw)

    async def refresh(self) -> None:
        services = self._screen.services
        frameworks = services.frameworks.list()
        facts = await ask(services.environments.all_facts, frameworks)
        self._rows.show((one.id, (one, facts[one.id])) for one in frameworks)
        states = [one.state for one in facts.values()]
        if states != self._disk_shown_for:  # not with each package of a build: it looks at every file
            self._disk_shown_for = states
            self._disk.show(_disk_words(await ask(services.environments.disk)))

    def _draw(self, item: tuple[Framework, EnvironmentFacts]) -> "_FrameworkCard":
        return _FrameworkCard(self._screen, *item)

    async def _remove_unused(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        removed = await attempt(lambda: services.environments.remove_unused(principal))
        if removed is not None:
            tell(f"Environments removed: {len(removed)}." if removed else "There was nothing to remove.")


class _FrameworkCard:
    def __init__(self, screen: Screen, framework: Framework, facts: EnvironmentFacts) -> None:
        self._screen = screen
        self._framework = framework
        self._log_is_open = False
        self.root = box("card framework", "section", aria_label=framework.title)
        with self.root:
            with box("page-head"), box("title"):
                Text(framework.title, "h2", "foreign")
                self._status = Status(facts.state.value, pill=True)
            Text(framework.description, "p", "soft foreign")
            with box("facts"):
                for fact in _constant_facts(framework):
                    Text(fact, classes="foreign")
                self._size = Text()
            self._message = Text("", "div", "foreign")
            self._message.props["role"] = "status"
            self._draw_progress()
            draw_samples(screen, framework)
            self._draw_actions()
        self.show((framework, facts))

    def show(self, item: tuple[Framework, EnvironmentFacts]) -> None:
        _, facts = item
        building = facts.state is EnvironmentState.BUILDING
        self._status.show(facts.state.value)
        # What changes many times a second is not read out; the state that it leads to is.
        self._message.show("It is being installed." if building else facts.message)
        self._size.show(_size_words(facts))
        self._progress.visible = building
        if facts.progress is not None:
            self._bar.value = round(facts.progress.fraction, 2)
            self._doing.show(facts.progress.sentence)
        self._install.text = _INSTALL_WORDS.get(facts.state, "Install")
        self._install.visible = facts.state in _INSTALL_WORDS
        self._cancel.visible = building
        self._repair.visible = self._remove.visible = facts.needs_environment and facts.state in _PRESENT
        self._log.visible = facts.needs_environment

    def _draw_progress(self) -> None:
        self._progress = box("stack")
        with self._progress:
            self._bar = ui.linear_progress(0, show_value=False, size="8px")
            self._bar.props["aria-label"] = f"Install of {self._framework.title}"
            self._doing = Text("", "div", "soft foreign")

    def _draw_actions(self) -> None:
        services, principal, id = self._screen.services.environments, self._screen.principal, self._framework.id
        actions = box("actions")
        with actions:
            self._install = self._button("Install", lambda: services.install(principal, id), "main", "download")
            self._cancel = self._button("Cancel", lambda: services.cancel(principal, id), "plain", "close")
            self._repair = self._button("Repair", lambda: services.install(principal, id, anew=True), "plain", "build")
            self._remove = button("Remove", self._ask_to_remove, "bad", "delete_outline")
        actions.visible = _may_change(self._screen)
        self._log = box("group", "details")
        self._log.on("toggle", self._toggle_log, args=["newState"])
        with self._log:
            with box(tag="summary"):
                Text("Log of the latest install", classes="name")
            self._log_body = box("group-body")

    def _button(self, word: str, action: Callable[[], object], kind: str, icon: str) -> ui.button:
        async def click() -> None:
            await attempt(action)

        return button(word, click, kind, icon)

    async def _toggle_log(self) -> None:
        self._log_is_open = not self._log_is_open
        if not self._log_is_open:
            return
        services, principal = self._screen.services.environments, self._screen.principal
        text = await attempt(lambda: services.log(principal, self._framework.id))
        self._log_body.clear()
        with self._log_body:
            block((text or "It was not installed yet.")[-_LOG_CHARACTERS:])

    def _ask_to_remove(self) -> None:
        title = self._framework.title
        sentence = "Its agents cannot run until it is installed again. They stay, with all their executions."
        confirm(f"Remove the environment of {title}?", sentence, "Remove", self._remove_now).open()

    async def _remove_now(self) -> None:
        services, principal = self._screen.services.environments, self._screen.principal
        await attempt(lambda: services.remove(principal, self._framework.id), "The environment was removed.")


def _may_change(screen: Screen) -> bool:
    return screen.principal.role is Role.OWNER and screen.principal.may(Permission.ADMIN)


def _constant_facts(framework: Framework) -> list[str]:
    facts = [f"version {framework.version}" if framework.version else "", framework.license]
    return [fact for fact in [*facts, f"Python {framework.python}"] if fact]


def _size_words(facts: EnvironmentFacts) -> str:
    if facts.environment is not None:
        return f"{size_text(facts.environment.size_bytes)}, on Python {facts.environment.python_version}"
    if not facts.needs_environment:
        return "no install needed"
    size = f"about {size_text(facts.expected_bytes)}" if facts.expected_bytes else "size not known"
    return f"{size}, on Python {facts.python_found}" if facts.python_found else f"{size}, no Python here that fits"


def _disk_words(disk: DiskUse) -> str:
    cache, free = size_text(disk.cache_bytes), size_text(disk.free_bytes)
    return f"Environments take {size_text(disk.total_bytes)} with the cache ({cache} of it); {free} are free."
