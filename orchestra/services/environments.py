"""What a person can do with the environments of frameworks."""

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from orchestra.bus import ENVIRONMENTS, Bus
from orchestra.domain.agents import Agent, Deployment
from orchestra.domain.environments import (
    Diagnosis,
    DiskUse,
    EnvironmentChanged,
    EnvironmentFacts,
    EnvironmentState,
    Progress,
)
from orchestra.domain.executions import Execution
from orchestra.domain.frameworks import Framework
from orchestra.domain.identity import Admission, Permission, Principal, Role
from orchestra.domain.packages import belongs_to, environment_id
from orchestra.environments import builder
from orchestra.environments.catalog import all_environments, describe, environments_of, is_wanted, usable
from orchestra.environments.checkup import diagnose
from orchestra.environments.derived import Derivations
from orchestra.environments.disk import size_of
from orchestra.environments.interpreters import Python, choose, find_pythons
from orchestra.environments.layout import Layout
from orchestra.errors import Conflict, Forbidden, InUse, NotFound
from orchestra.services.deploying import Deployer
from orchestra.services.environment_use import framework_of, is_free, packages_only_of, unused
from orchestra.services.watch import Watch
from orchestra_storage.unit import Storage, Unit

_PYTHONS_SECONDS = 60.0
_DISK_SECONDS = 60.0
_LOG_CHARACTERS = 2_000_000


class EnvironmentService:
    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        derivations: Derivations,
        layout: Layout,
        deployer: Deployer,
        watch: Watch,
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._derivations = derivations
        self._layout = layout
        self._deployer = deployer
        self._watch = watch
        self._looking = threading.Lock()
        self._pythons: tuple[float, Sequence[Python]] = (0.0, ())
        self._disk: tuple[float, list[Path], DiskUse] | None = None

    def facts(self, framework: Framework) -> EnvironmentFacts:
        """How the framework's environment is."""
        with self._storage.read() as unit:
            return self._facts(framework, unit.deployments.all())

    def facts_of(self, principal: Principal, framework_id: str) -> EnvironmentFacts | None:
        """The same for who may look, by the framework's id; None if there is no such framework (any more)."""
        principal.require(Permission.READ)
        framework = self._derivations.find(framework_id)
        return None if framework is None else self.facts(framework)

    def facts_for(self, principal: Principal, agent: Agent) -> EnvironmentFacts | None:
        """How the environment is that an agent needs, with its own packages; None without its framework."""
        principal.require(Permission.READ)
        needed = self._needed_by(agent)
        return None if needed is None else self.facts(needed)

    def all_facts(self, frameworks: Sequence[Framework]) -> Mapping[str, EnvironmentFacts]:
        """The same for several frameworks, by id."""
        with self._storage.read() as unit:
            deployments = unit.deployments.all()
        return {framework.id: self._facts(framework, deployments) for framework in frameworks}

    def disk(self) -> DiskUse:
        """What all environments take together, with uv's cache."""
        there = all_environments(self._layout)  # looks at every file, so not again while these are the same
        if self._disk is None or self._disk[1] != there or time.monotonic() - self._disk[0] > _DISK_SECONDS:
            root = self._layout.root
            free = shutil.disk_usage(root if root.exists() else root.parent).free
            self._disk = (time.monotonic(), there, DiskUse(size_of(root), size_of(self._layout.cache), free))
        return self._disk[2]

    def install(self, principal: Principal, framework_id: str, *, anew: bool = False) -> EnvironmentFacts:
        """Begin to build a framework's environment, or join the build that is under way.

        Nothing happens if it is there as its plugin asks for, unless it is to be built anew (a repair).
        """
        _require_owner(principal)
        framework = self._find(framework_id)
        facts = self.facts(framework)
        if framework.needs_environment and (anew or facts.state is not EnvironmentState.READY):
            self._deployer.begin(framework)
            return self.facts(framework)
        return facts

    def cancel(self, principal: Principal, framework_id: str) -> EnvironmentFacts:
        """Have the build of a framework end; nothing happens if none is under way."""
        _require_owner(principal)
        framework = self._find(framework_id)
        self._deployer.builds.cancel(framework_id)
        return self.facts(framework)

    def deploy(self, principal: Principal, agent: Agent) -> None:
        """Have what an agent needs installed; Forbidden for who may not, unless the settings let agents do that."""
        framework = self._needed_by(agent)
        if framework is None:
            raise NotFound("framework", agent.framework)
        if not framework.needs_environment or self.facts(framework).state.is_usable:
            return
        if not self._deployer.build_on_start:
            _require_owner(principal)
        self._deployer.begin(framework)

    def remove(self, principal: Principal, framework_id: str) -> bool:
        """Remove a framework's environments, with what only they had in the cache; InUse while executions need them.

        False if there were none.
        """
        _require_owner(principal)
        title = self._title(framework_id)
        with self._deployer.lock, self._storage.write() as unit:
            paths = [path for path in all_environments(self._layout) if belongs_to(framework_of(path), framework_id)]
            if not paths:
                self._find(framework_id)
            if self._deployer.builds.progress_of(framework_id) is not None:
                raise Conflict(f"{title} is being installed. Cancel that first.")
            live = sum(belongs_to(needs, framework_id) for needs in map(_needs_of, unit.executions.live(None)))
            if paths and live:
                what = "1 execution needs it" if live == 1 else f"{live} executions need it"
                raise InUse(f"{title} cannot be removed while {what}. Wait for that to end, or cancel it.")
            names = packages_only_of(paths, self._layout)
            for path in paths:
                builder.put_away(self._layout, path)
        for environment in {framework_id, *map(framework_of, paths)}:
            self._deployer.forget(environment)
        self._forget(names)
        return bool(paths)

    def remove_unused(self, principal: Principal) -> Sequence[str]:
        """Remove every environment that no agent needs; their names."""
        _require_owner(principal)
        with self._deployer.lock, self._storage.write() as unit:
            found = [path for path in unused(unit, self._derivations.all(), self._layout) if self._may_go(unit, path)]
            names = packages_only_of(found, self._layout)
            for path in found:
                builder.put_away(self._layout, path)
        self._forget(names)
        for framework_id in {framework_of(path) for path in found}:
            self._deployer.tell(framework_id)
        return [path.name for path in found]

    def doctor(self, principal: Principal) -> Sequence[Diagnosis]:
        """Look at every environment: whether it can import what workers do, and is what its lock says."""
        principal.require(Permission.READ)
        self._layout.building.mkdir(parents=True, exist_ok=True)
        with self._looking, tempfile.TemporaryDirectory(prefix="doctor.", dir=self._layout.building) as scratch:
            paths = all_environments(self._layout)
            return [diagnose(path, self._title(framework_of(path)), Path(scratch)) for path in paths]

    def log(self, principal: Principal, framework_id: str) -> str:
        """What was said while the framework was installed the last time; empty if it never was."""
        principal.require(Permission.READ)
        self._find(framework_id)
        try:
            return self._layout.log(framework_id).read_text(encoding="utf-8", errors="replace")[:_LOG_CHARACTERS]
        except OSError:
            return ""

    async def follow(self, admission: Admission, framework_id: str) -> AsyncGenerator[EnvironmentFacts]:
        """How the framework's environment is now, and while it is being built, each time that goes on, to its end.

        SlowSubscriber for one who does not keep up; AdmissionEnded as soon as the admission is over.
        """
        admission.principal.require(Permission.READ)
        framework = self._find(framework_id)
        with self._bus.subscribe(ENVIRONMENTS) as changes, self._watch.over(changes, admission):
            facts = await asyncio.to_thread(self.facts, framework)
            yield facts
            while facts.state is EnvironmentState.BUILDING:
                change: EnvironmentChanged = await changes.get()
                if change.framework != framework_id:
                    continue
                if change.progress is None:
                    facts = await asyncio.to_thread(self.facts, framework)
                else:
                    facts = replace(facts, progress=change.progress, message=f"{change.progress.sentence}.")
                yield facts

    async def changes(self, principal: Principal) -> AsyncGenerator[EnvironmentChanged]:
        """Whatever changes of any framework's environment, from now on."""
        principal.require(Permission.READ)
        with self._bus.subscribe(ENVIRONMENTS) as changes:
            async for change in changes:
                yield change

    def _facts(self, framework: Framework, deployments: Mapping[str, Deployment]) -> EnvironmentFacts:
        if not framework.needs_environment:
            return EnvironmentFacts(framework.id, EnvironmentState.READY, "It can run; it needs no install.", False)
        path = usable(framework, self._layout)
        broken = path is None and any(environments_of(framework.id, self._layout))
        progress = self._deployer.builds.progress_of(framework.id)
        deployment = deployments.get(framework.id)
        failure = self._deployer.failure_of(framework.id) or (deployment.reason if deployment else None)
        state, message = _state_of(progress, failure, path is not None and is_wanted(framework, path), path, broken)
        python = choose(framework, self._found_pythons())
        return EnvironmentFacts(
            framework=framework.id,
            state=state,
            message=message,
            needs_environment=True,
            python_found=str(python.version) if python else None,
            expected_bytes=framework.size_bytes,
            environment=describe(path) if path else None,
            progress=progress,
        )

    def _needed_by(self, agent: Agent) -> Framework | None:
        framework = self._derivations.find(agent.framework)
        return None if framework is None else self._derivations.needed(framework, agent.configuration)

    def _may_go(self, unit: Unit, path: Path) -> bool:
        return self._deployer.builds.progress_of(framework_of(path)) is None and is_free(unit, path)

    def _forget(self, packages: Sequence[str]) -> None:
        builder.empty_removed(self._layout)
        builder.forget_packages(self._layout, packages)
        self._disk = None

    def _find(self, framework_id: str) -> Framework:
        framework = self._derivations.find(framework_id)
        if framework is None:
            raise NotFound("framework", framework_id)
        return framework

    def _title(self, framework_id: str) -> str:
        framework = self._derivations.find(framework_id)
        return framework.title if framework else framework_id

    def _found_pythons(self) -> Sequence[Python]:
        at, found = self._pythons
        if not found or time.monotonic() - at > _PYTHONS_SECONDS:
            found = find_pythons(more=[self._layout.pythons])
            self._pythons = (time.monotonic(), found)
        return found


def _needs_of(execution: Execution) -> str:
    return environment_id(execution.framework, execution.configuration)


def _require_owner(principal: Principal) -> None:
    principal.require(Permission.ADMIN)
    if principal.role is not Role.OWNER:
        raise Forbidden("Only owners install and remove frameworks. Ask one of them.")


def _state_of(
    progress: Progress | None, failure: str | None, wanted: bool, path: Path | None, broken: bool
) -> tuple[EnvironmentState, str]:
    """The state of an environment, and the sentence that says so: what is done now goes before what was."""
    if progress is not None:
        return EnvironmentState.BUILDING, f"{progress.sentence}."
    if wanted:
        return EnvironmentState.READY, failure or "It can run."
    if path is not None:
        return EnvironmentState.OUTDATED, failure or "It can run as its plugin wished before. Install it to renew it."
    if failure is not None:
        return EnvironmentState.FAILED, failure
    if broken:
        return EnvironmentState.BROKEN, "The Python that it was installed with is gone. Repair it."
    return EnvironmentState.NOT_INSTALLED, "It is not installed. Install it to run its agents."
