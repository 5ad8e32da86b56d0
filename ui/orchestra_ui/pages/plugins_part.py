"""The plugins on the page of frameworks: which there are, which are broken, and how another one is installed."""

from collections.abc import Sequence
from contextlib import aclosing

from nicegui import ui

from orchestra.bus import SlowSubscriber
from orchestra.domain.identity import Permission, Role
from orchestra.domain.plugins import PackageChange, PluginRecord, PluginWork
from orchestra_ui.context import Screen
from orchestra_ui.live import batches
from orchestra_ui.parts.dialogs import confirm
from orchestra_ui.parts.elements import Text, block, box, button, text_button
from orchestra_ui.parts.feedback import ask, attempt, tell
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.status import Status

_LOG_CHARACTERS = 15_000
_SHOWN_CHANGES = 12


class PluginsPart:
    """A section of a page; `refresh` shows how things are now."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._planning = False
        with box("card card-body", "section", aria_label="Plugins"):
            Text("Plugins", "h2")
            self._rows: KeyedRows[tuple[str, str, str | None], PluginRecord] = KeyedRows(box("stack"), self._draw)
            self._work = Text("", "div", "foreign")
            self._work.props["role"] = "status"
            if _may_install(screen):
                self._draw_install()
            self._draw_log()

    async def refresh(self) -> None:
        services, principal = self._screen.services.plugins, self._screen.principal
        work = await ask(services.work, principal)
        records = await ask(services.all, principal)
        self._rows.show(((one.name, one.module, one.distribution), one) for one in records)
        self._work.show(_words_of(work))

    def _draw(self, record: PluginRecord) -> "_PluginRow":
        return _PluginRow(self._screen, record)

    def _draw_install(self) -> None:
        with box("field"):
            with box(tag="label") as label:
                Text("Package of a plugin")
            Text("Its name in the package index. It is shown what comes before anything is installed.", classes="help")
            self._package = ui.input().props("outlined dense autocomplete=off maxlength=200")
            label.props["for"] = self._package.props["for"] = "plugin-package"
        with box("actions"):
            self._look = button("Add plugin", self._plan, "main", "extension")

    def _draw_log(self) -> None:
        with box("group", "details") as log:
            with box(tag="summary"):
                Text("Log of the latest change of plugins", classes="name")
            self._log_body = box("group-body")
            with self._log_body:
                text_button("Show", self._show_log)
        self._log = log

    async def _plan(self) -> None:
        services, principal, package = self._screen.services.plugins, self._screen.principal, self._package.value or ""
        self._look.disable()
        try:
            changes = await attempt(lambda: services.plan(principal, package))
        finally:
            if not self._look.is_deleted:
                self._look.enable()
        if changes is None:
            return
        if not changes:
            tell("It is installed already.")
            return

        async def go() -> None:
            await attempt(lambda: services.install(principal, package))

        words = f"{_listed(changes)} A plugin's code runs with the rights of the server."
        confirm(f"Install {package.strip()}?", words, "Install", go).open()

    async def _show_log(self) -> None:
        """Show what was said, and what is said from now on, to the end of what is being done."""
        services, principal = self._screen.services.plugins, self._screen.principal
        self._log_body.clear()
        with self._log_body:
            shown = block("Nothing was installed or removed since the server started.")
        text = ""
        try:
            async with aclosing(batches(services.follow(principal))) as said:
                async for batch in said:
                    text += "".join(f"{one}\n" for one in batch if isinstance(one, str))
                    if shown.is_deleted:
                        return
                    if text:
                        shown.show(text[-_LOG_CHARACTERS:])
        except SlowSubscriber:
            tell("The log came too fast to be followed. Show it again.")
        if not shown.is_deleted:
            with self._log_body:
                text_button("Show it again", self._show_log)


class _PluginRow:
    def __init__(self, screen: Screen, record: PluginRecord) -> None:
        self._screen = screen
        self._record = record
        self.root = box("plugin", aria_label=record.name)
        with self.root:
            with box("page-head"), box("title"):
                Text(record.name, "h3", "foreign")
                self._status = Status(record.state.value, pill=True)
                self._facts = Text("", classes="soft foreign")
                if _may_install(screen) and not record.is_built_in and record.distribution is not None:
                    button("Uninstall", self._ask_to_remove, "bad", "delete_outline")
            self._error = Text("", "div", "foreign")
        self.show(record)

    def show(self, record: PluginRecord) -> None:
        self._record = record
        self._status.show(record.state.value)
        self._facts.show(_facts_of(record))
        self._error.show(record.error or "")
        self._error.visible = record.error is not None

    def _ask_to_remove(self) -> None:
        sentence = "Its agents stay, with all their executions, and cannot run until it is installed again."
        confirm(f"Uninstall {self._record.distribution}?", sentence, "Uninstall", self._remove_now).open()

    async def _remove_now(self) -> None:
        services, principal = self._screen.services.plugins, self._screen.principal
        await attempt(lambda: services.uninstall(principal, self._record.name))


def _may_install(screen: Screen) -> bool:
    principal = screen.principal
    is_owner = principal.role is Role.OWNER and principal.may(Permission.ADMIN)
    return is_owner and screen.services.plugins.may_install


def _facts_of(record: PluginRecord) -> str:
    origin = "part of AgentOrchestra" if record.is_built_in else (record.distribution or "no package")
    version = f" {record.version}" if record.version else ""
    return f"{origin}{version}, loaded in {record.load_ms:.0f} ms"


def _words_of(work: PluginWork) -> str:
    return work.message if work.busy or not work.failed else f"It did not work. {work.message}"


def _listed(changes: Sequence[PackageChange]) -> str:
    shown = "; ".join(change.sentence for change in changes[:_SHOWN_CHANGES])
    more = f"; and {len(changes) - _SHOWN_CHANGES} more" if len(changes) > _SHOWN_CHANGES else ""
    return f"{shown}{more}."
