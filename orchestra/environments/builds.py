"""The builds that are under way: one for each framework at most, whoever asks for it meanwhile joins it."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet

from orchestra.domain.environments import Phase, Progress
from orchestra.domain.frameworks import Framework
from orchestra.domain.packages import DerivedFramework
from orchestra.environments.builder import Build, download_python, resolve
from orchestra.environments.catalog import recipe_for
from orchestra.environments.commands import Cancelled, Stop
from orchestra.environments.interpreters import Python, choose, find_pythons
from orchestra.environments.layout import Layout
from orchestra.errors import OrchestraError, Unavailable

log = logging.getLogger(__name__)

_AT_ONCE = 2
_STOP_SECONDS = 10.0
_DOWNLOADABLE = [f"3.{minor}" for minor in range(14, 8, -1)]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a build ended: with an environment, unless it was cancelled or failed for a reason."""

    framework: Framework
    reason: str | None = None
    cancelled: bool = False


@dataclass(slots=True)
class _UnderWay:
    stop: Stop = field(default_factory=Stop)
    progress: Progress = field(default_factory=lambda: Progress(Phase.START))
    future: "Future[None] | None" = None


class Builds:
    """Callable from any thread; what it is given is called from the threads that build.

    `on_end` notes how a build ended while it still counts as under way; `on_gone` tells of it once it does not.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        may_download_python: bool,
        on_progress: Callable[[str, Progress], None],
        on_end: Callable[[Ended], None],
        on_gone: Callable[[Ended], None],
    ) -> None:
        self._layout = layout
        self._may_download = may_download_python
        self._on_progress = on_progress
        self._on_end = on_end
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._under_way: dict[str, _UnderWay] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="build")

    def begin(self, framework: Framework) -> bool:
        """Begin to build a framework's environment; False if that is being done already."""
        with self._lock:
            if framework.id in self._under_way:
                return False
            build = self._under_way[framework.id] = _UnderWay()
            build.future = self._threads.submit(self._work, framework, build)
            return True

    def cancel(self, framework_id: str) -> bool:
        """Have a build end; False if none is under way."""
        build = self._under_way.get(framework_id)
        if build is not None:
            build.stop.wish()
        return build is not None

    def progress_of(self, framework_id: str) -> Progress | None:
        """Where the build of a framework stands; None if none is under way."""
        build = self._under_way.get(framework_id)
        return build.progress if build else None

    def stop(self) -> None:
        """Have all builds end, and wait for that."""
        with self._lock:
            builds = list(self._under_way.values())
        for build in builds:
            build.stop.wish()
        for build in builds:
            if build.future is not None:
                build.future.exception(_STOP_SECONDS)
        self._threads.shutdown(wait=False)

    def _work(self, framework: Framework, build: _UnderWay) -> None:
        def report(progress: Progress) -> None:
            build.progress = progress
            self._on_progress(framework.id, progress)

        ended = Ended(framework)
        try:
            python = self._python_for(framework, build.stop)
            if isinstance(framework, DerivedFramework):
                resolve(framework, python, self._layout, build.stop, report)
            recipe = recipe_for(framework, python.minor)
            Build(self._layout, recipe, framework.title, build.stop, report, framework.size_bytes).run(python)
        except Cancelled:
            ended = Ended(framework, cancelled=True)
        except OrchestraError as error:
            ended = Ended(framework, error.message)
        except Exception as error:
            log.exception("The build of %s failed inside AgentOrchestra", framework.id)
            ended = Ended(framework, f"{framework.title} could not be installed: {error!r}.")
        try:
            self._on_end(ended)
        finally:
            with self._lock:
                self._under_way.pop(framework.id, None)
        self._on_gone(ended)

    def _python_for(self, framework: Framework, stop: Stop) -> Python:
        stop.check()
        pythons = find_pythons(more=[self._layout.pythons])
        found = choose(framework, pythons)
        if found is None and self._may_download and (version := _downloadable(framework)) is not None:
            download_python(self._layout, version, stop)
            found = choose(framework, find_pythons(more=[self._layout.pythons]))
        if found is None:
            raise Unavailable(no_python(framework, [str(python.version) for python in pythons]))
        return found


def no_python(framework: Framework, there: list[str]) -> str:
    """The sentence for a machine whose Pythons do not serve a framework."""
    return (
        f"{framework.title} needs Python {framework.python}, and this machine has {', '.join(there) or 'none'}. "
        "Install one that fits, or let uv download it: ORCHESTRA_PYTHON_DOWNLOADS=true."
    )


def _downloadable(framework: Framework) -> str | None:
    """The newest Python that the framework runs on and has a lock for."""
    specifier = SpecifierSet(framework.python)
    fitting = (python for python in _DOWNLOADABLE if specifier.contains(f"{python}.99"))
    return next((python for python in fitting if framework.lock_for(python) is not None), None)
