"""What a person can do with plugins: see them, and have their packages installed and removed."""

import logging
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence

from orchestra.bus import ENVIRONMENTS, PLUGIN_LINES, PLUGINS, Bus
from orchestra.domain.environments import EnvironmentChanged
from orchestra.domain.identity import Admission, Permission, Principal, Role
from orchestra.domain.plugins import PackageChange, PluginRecord, PluginsChanged, PluginWork, normal_name
from orchestra.errors import Conflict, Forbidden, InUse, NotFound, OrchestraError
from orchestra.gateway.providers import Models
from orchestra.installer import installer
from orchestra.installer.asked import Asked, package_asked
from orchestra.installer.ours import installed_version
from orchestra.installer.said import OF_A_FILE
from orchestra.registry import Registry
from orchestra.services.watch import Watch
from orchestra_storage.unit import Storage

log = logging.getLogger(__name__)

_LOG_LINES = 2_000


class PluginService:
    def __init__(
        self, storage: Storage, bus: Bus, registry: Registry, models: Models, watch: Watch, *, may_install: bool
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._registry = registry
        self._models = models
        self._watch = watch
        self._may_install = may_install
        self._lock = threading.Lock()
        self._work = PluginWork()
        self._said: deque[tuple[int, str]] = deque(maxlen=_LOG_LINES)
        self._lines = 0

    @property
    def may_install(self) -> bool:
        """Whether the settings let owners install and remove plugins here."""
        return self._may_install

    def all(self, principal: Principal) -> Sequence[PluginRecord]:
        """Every plugin that was found, the broken ones with their errors."""
        principal.require(Permission.READ)
        return self._registry.plugins

    def work(self, principal: Principal) -> PluginWork:
        """What is being installed or removed, or how the last of that ended."""
        principal.require(Permission.READ)
        return self._work

    def log(self, principal: Principal) -> str:
        """What was said during the latest install or removal; empty if there was none since the server started."""
        principal.require(Permission.READ)
        return "\n".join(line for _, line in list(self._said))

    async def follow(
        self, principal: Principal, admission: Admission | None = None
    ) -> AsyncGenerator[str | PluginWork]:
        """Each line of the latest install or removal: what has been said, then what is, and how it ended at last.

        SlowSubscriber for one who does not keep up; AdmissionEnded as soon as the admission is over, if it is given.
        """
        principal.require(Permission.READ)
        with self._bus.subscribe(PLUGIN_LINES) as lines, self._watch.over(lines, admission):
            work, before = self._work, list(self._said)
            for _, line in before:
                yield line
            seen = before[-1][0] if before else 0
            while work.busy:
                said: tuple[int, str] | None = await lines.get()
                if said is None:
                    break
                if said[0] > seen:
                    yield said[1]
            yield self._work

    def plan(self, principal: Principal, package: str, *, upgrade: bool = False) -> Sequence[PackageChange]:
        """What installing a package of the index would change; nothing is changed."""
        self._require_leave(principal)
        return installer.plan(package_asked(package), upgrade=upgrade)

    def install(self, principal: Principal, package: str, *, upgrade: bool = False) -> PluginWork:
        """Begin to install a package of the index; Conflict if something is being installed or removed already."""
        self._require_leave(principal)
        asked = package_asked(package)
        return self._begin(f"{asked.text} is being installed.", lambda: self._install(asked, upgrade))

    def uninstall(self, principal: Principal, name: str) -> PluginWork:
        """Begin to remove the package of a plugin; Conflict for our own, InUse while executions need it."""
        self._require_leave(principal)
        record = next((one for one in self._registry.plugins if name in {one.name, one.distribution}), None)
        if record is None:
            raise NotFound("plugin", name)
        distribution = removable(record)
        brought = {id for one in self._registry.plugins if one.distribution == distribution for id in one.frameworks}
        with self._storage.read() as unit:
            live = sum(execution.framework in brought for execution in unit.executions.live(None))
        if live:
            what = "an execution needs it" if live == 1 else f"{live} executions need it"
            raise InUse(f"{distribution} cannot be removed while {what}. Wait for that to end, or cancel it.")
        return self._begin(f"{distribution} is being removed.", lambda: self._uninstall(distribution))

    def refresh(self, principal: Principal) -> Sequence[PluginRecord]:
        """Load plugins that were installed meanwhile, and take out those that were removed; those that are new."""
        _require_owner(principal)
        return self._look_again()

    async def changes(self, principal: Principal) -> AsyncGenerator[PluginsChanged]:
        """Whatever changes of plugins and of the work on them, from now on."""
        principal.require(Permission.READ)
        with self._bus.subscribe(PLUGINS) as changes:
            async for change in changes:
                yield change

    def _install(self, asked: Asked, upgrade: bool) -> PluginWork:
        changes = installer.plan(asked, upgrade=upgrade, say=self._say)
        self._show(PluginWork(busy=True, message=f"{asked.text} is being installed.", changes=changes))
        if changes:
            installer.install(asked, changes, self._say)
        self._look_again()
        return said_of_install(asked, changes, self._registry.plugins)

    def _uninstall(self, distribution: str) -> PluginWork:
        version = installed_version(distribution)
        installer.uninstall(distribution, self._say)
        self._look_again()
        changes = [PackageChange(normal_name(distribution), version, None)]
        return PluginWork(message=f"{distribution} was removed. Its agents stay, and cannot run.", changes=changes)

    def _begin(self, message: str, work: Callable[[], PluginWork]) -> PluginWork:
        with self._lock:
            if self._work.busy:
                raise Conflict(f"{self._work.message} Wait until that has ended.")
            self._work = PluginWork(busy=True, message=message)
            self._said.clear()
        self._bus.publish(PLUGINS, PluginsChanged())
        threading.Thread(target=self._do, args=(work,), name="plugins", daemon=True).start()
        return self._work

    def _do(self, work: Callable[[], PluginWork]) -> None:
        try:
            ended = work()
        except OrchestraError as error:
            ended = PluginWork(failed=True, message=error.message)
        except Exception as error:
            log.exception("Work on a plugin failed inside AgentOrchestra")
            ended = PluginWork(failed=True, message=f"It did not work: {error!r}.")
        self._show(ended)

    def _look_again(self) -> Sequence[PluginRecord]:
        before = set(self._registry.frameworks)
        new = self._registry.refresh()
        self._models.offer(self._registry.scripts())
        for framework in before ^ set(self._registry.frameworks):
            self._bus.publish(ENVIRONMENTS, EnvironmentChanged(framework))
        self._bus.publish(PLUGINS, PluginsChanged())
        return new

    def _say(self, line: str) -> None:
        self._lines += 1
        self._said.append((self._lines, line))
        self._bus.publish(PLUGIN_LINES, (self._lines, line))

    def _show(self, work: PluginWork) -> None:
        self._work = work
        self._bus.publish(PLUGINS, PluginsChanged())
        if not work.busy:
            self._bus.publish(PLUGIN_LINES, None)

    def _require_leave(self, principal: Principal) -> None:
        _require_owner(principal)
        if not self._may_install:
            raise Forbidden(
                "This server does not install or remove plugins (ORCHESTRA_PLUGIN_INSTALLS). "
                "Use 'orchestra plugins' on its machine."
            )


def removable(record: PluginRecord) -> str:
    """The distribution that brings a plugin; Conflict if it is ours, or is in no package at all."""
    if record.is_built_in:
        raise Conflict(f"{record.name} is a part of AgentOrchestra, and stays.")
    if record.distribution is None:
        raise Conflict(f"{record.name} was not installed as a package. Remove it where it was put.")
    return record.distribution


def said_of_install(asked: Asked, changes: Sequence[PackageChange], records: Sequence[PluginRecord]) -> PluginWork:
    """How an install ended: which plugins it brought, which of them are broken, whether a restart is needed."""
    names = {asked.name} if asked.name else {change.name for change in changes}
    found = [one for one in records if one.distribution and normal_name(one.distribution) in names]
    shown = (found[0].distribution if found else None) or asked.name or asked.text
    if not changes and found:
        return PluginWork(message=f"{shown} {found[0].version} is installed already.")
    if not found:
        return PluginWork(failed=True, message=f"{shown} is installed, but brings no plugin.", changes=changes)
    if broken := [one for one in found if not one.is_loaded]:
        message = f"{shown} is installed, but {broken[0].name} cannot be used: {broken[0].error}"
        return PluginWork(failed=True, message=message, changes=changes)
    after = {change.name: change.after for change in changes}
    if any(after.get(normal_name(one.distribution or "")) not in {None, OF_A_FILE, one.version} for one in found):
        return PluginWork(message=f"{shown} is installed. Restart the server to use the new version.", changes=changes)
    frameworks = ", ".join(id for one in found for id in one.frameworks) or "nothing"
    return PluginWork(message=f"{shown} is installed and brings {frameworks}.", changes=changes)


def _require_owner(principal: Principal) -> None:
    principal.require(Permission.ADMIN)
    if principal.role is not Role.OWNER:
        raise Forbidden("Only owners install and remove plugins. Ask one of them.")
