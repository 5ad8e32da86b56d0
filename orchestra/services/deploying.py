"""Has environments built for whoever needs them, and tells agents and executions that wait for one."""

import asyncio
import contextlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from orchestra.bus import CHANGES, ENVIRONMENTS, Bus, SlowSubscriber
from orchestra.domain.agents import AgentStatus, Deployment
from orchestra.domain.environments import EnvironmentChanged, Progress
from orchestra.domain.events import AgentChanged, ExecutionChanged
from orchestra.domain.executions import ExecutionStatus
from orchestra.domain.frameworks import Framework
from orchestra.engine.engine import Engine
from orchestra.environments import builder
from orchestra.environments.builds import Builds, Ended
from orchestra.environments.catalog import required, usable
from orchestra.environments.derived import Derivations
from orchestra.environments.layout import Layout
from orchestra.errors import OrchestraError
from orchestra.services.environment_use import is_free, superseded
from orchestra_storage.unit import Storage, Unit

log = logging.getLogger(__name__)

_ENDED_BEFORE = "The server ended while {} was being installed. Install it again."


class Deployer:
    """Callable from any thread; `lock` is taken before the database, never inside a transaction."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        derivations: Derivations,
        engine: Engine,
        layout: Layout,
        *,
        build_on_start: bool,
        may_download_python: bool,
    ) -> None:
        self._storage = storage
        self._bus = bus
        self.derivations = derivations
        self._engine = engine
        self._layout = layout
        self.build_on_start = build_on_start
        self.builds = Builds(
            layout,
            may_download_python=may_download_python,
            on_progress=self._went_on,
            on_end=self._ended,
            on_gone=self._gone,
        )
        self.lock = threading.Lock()
        self._later = ThreadPoolExecutor(1, thread_name_prefix="environments")
        self._failures: dict[str, str] = {}
        self._stopping = False
        self._left_behind = False  # whether something still runs in an environment that was replaced

    def start(self) -> None:
        """Clean up behind an earlier server: what was half built goes, and who waited for it is told, or waits anew."""
        builder.clean(self._layout)
        with self._storage.read() as unit:
            waited = [one for one in unit.deployments.all().values() if one.status is AgentStatus.DEPLOYING]
        for one in waited:
            framework = self.derivations.find(one.framework)
            if framework is not None and self.build_on_start:
                self.begin(framework)
            else:
                title = framework.title if framework else one.framework
                self.show(one.framework, Deployment(one.framework, AgentStatus.ERROR, _ENDED_BEFORE.format(title)))
        self.sweep()

    def stop(self) -> None:
        """End what is being built. Agents that wait for it are told at the next start."""
        self._stopping = True
        self._later.shutdown(wait=False, cancel_futures=True)
        self.builds.stop()

    async def tend(self) -> None:
        """Remove environments that were replaced once the last execution in them has ended; until cancelled."""
        while True:
            with contextlib.suppress(SlowSubscriber), self._bus.subscribe(CHANGES) as changes:
                async for change in changes:
                    ended = isinstance(change, ExecutionChanged) and ExecutionStatus(change.status).is_final
                    if ended and self._left_behind:
                        await asyncio.to_thread(self.sweep)

    def prepare(self, unit: Unit, framework: Framework, *, installs: bool = False, may_wait: bool = True) -> None:
        """Let an execution be accepted in this transaction: NotInstalled, unless its framework is there or will be.

        With `installs`, it will be, whatever the setting says: somebody has asked for just that. `may_wait` is false
        for an execution that nothing would hold back until then.
        """
        if not framework.needs_environment or usable(framework, self._layout) is not None:
            return
        if not (installs or self.build_on_start) or self._stopping or not may_wait:
            required(framework, self._layout)
        # With the execution itself, so that no claim takes it before its framework is there.
        unit.deployments.put(Deployment(framework.id, AgentStatus.DEPLOYING), datetime.now(UTC))
        self._later.submit(self.begin, framework)

    def begin(self, framework: Framework) -> None:
        """Have the framework's environment built, or join the build that is under way."""
        with self.lock:
            if self._stopping or self.builds.progress_of(framework.id) is not None:
                return
            self._failures.pop(framework.id, None)
            self.derivations.note(framework)
            if usable(framework, self._layout) is None:
                self.show(framework.id, Deployment(framework.id, AgentStatus.DEPLOYING))
            self.builds.begin(framework)
        self._tell_all(framework.id)  # who looked between the two saw agents that wait for nothing

    def failure_of(self, framework_id: str) -> str | None:
        """Why the latest build failed, as long as this server runs."""
        return self._failures.get(framework_id)

    def forget(self, framework_id: str) -> None:
        """The framework was removed: what became of its builds concerns nobody any more."""
        self._failures.pop(framework_id, None)
        self.derivations.forget(framework_id)
        self.show(framework_id, None)

    def show(self, framework_id: str, deployment: Deployment | None) -> None:
        """Let the framework's agents show this, or nothing."""
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            if deployment is None:
                unit.deployments.remove(framework_id, now)
            else:
                unit.deployments.put(deployment, now)
        self._tell_all(framework_id)

    def _tell_all(self, framework_id: str) -> None:
        with self._storage.read() as unit:
            concerned = unit.deployments.agents_of(framework_id)
        for agent_id, owner_id in concerned:
            self._bus.publish(CHANGES, AgentChanged(agent_id, owner_id, "updated"))
        self.tell(framework_id)

    def tell(self, framework_id: str) -> None:
        """Tell who watches that the framework's environment is in another state."""
        self._bus.publish(ENVIRONMENTS, EnvironmentChanged(framework_id))

    def sweep(self) -> None:
        """Remove environments that were replaced and that nothing runs in any more."""
        frameworks = self.derivations.all()
        self._left_behind = bool(superseded(frameworks, self._layout))
        if not self._left_behind:
            return
        with self._storage.write() as unit:
            for path in superseded(frameworks, self._layout):
                if is_free(unit, path):
                    builder.put_away(self._layout, path)
        builder.empty_removed(self._layout)
        self._left_behind = bool(superseded(frameworks, self._layout))

    def _went_on(self, framework_id: str, progress: Progress) -> None:
        self._bus.publish(ENVIRONMENTS, EnvironmentChanged(framework_id, progress))

    def _ended(self, ended: Ended) -> None:
        if self._stopping and ended.cancelled:
            return  # the next start goes on with it, or says that it was broken off
        framework = ended.framework
        if ended.reason is not None:
            self._failures[framework.id] = ended.reason
        failed = ended.reason is not None and usable(framework, self._layout) is None
        try:
            self.show(framework.id, Deployment(framework.id, AgentStatus.ERROR, ended.reason) if failed else None)
            self.sweep()
        except OrchestraError:
            log.exception("The end of the build of %s could not be written", framework.id)

    def _gone(self, ended: Ended) -> None:
        framework = ended.framework
        try:
            with self._storage.read() as unit:
                waiting = unit.deployments.all().get(framework.id)
            if waiting is not None and waiting.status is AgentStatus.DEPLOYING:
                self.begin(framework)  # somebody came to wait while this build was ending
            self._tell_all(framework.id)
        except OrchestraError:
            log.exception("Nobody could be told of the end of the build of %s", framework.id)
        self._engine.wake()  # executions may have waited for it
