"""Builds environments with uv, aside, and moves them into place when they are whole; the only caller of uv."""

import contextlib
import errno
import json
import logging
import os
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from orchestra.domain.environments import Phase, Progress, size_text
from orchestra.domain.packages import DerivedFramework
from orchestra.environments import checkup
from orchestra.environments.commands import Stop, kill_what_builds, scrubbed
from orchestra.environments.disk import size_of
from orchestra.environments.interpreters import Python
from orchestra.environments.layout import Layout, packages_in, python_in
from orchestra.environments.locks import Pin, pins_of
from orchestra.environments.recipe import MANIFEST, SITE_PACKAGES, Recipe, Step, manifest_of, steps_of
from orchestra.environments.resolving import Resolving
from orchestra.environments.uv_output import ProgressReader, is_noise, sentence_for, without_credentials
from orchestra.errors import Unavailable

log = logging.getLogger(__name__)

_SPARED_BYTES = 200_000_000  # or a build could fill the disk on which the database lies
_LOG_BYTES = 2_000_000


class Build:
    """One build, from nothing to a finished environment; `report` is told how it goes on, from the building thread."""

    def __init__(
        self,
        layout: Layout,
        recipe: Recipe,
        title: str,
        stop: Stop,
        report: Callable[[Progress], None] = lambda _: None,
        expected_bytes: int | None = None,
    ) -> None:
        self._layout = layout
        self._recipe = recipe
        self._title = title
        self._stop = stop
        self._report = report
        self._expected_bytes = expected_bytes or 0
        self._aside = layout.building / f"{recipe.name}.{uuid.uuid4().hex[:8]}"

    def run(self, python: Python) -> Path:
        """The finished environment; Unavailable, with a sentence, if it cannot be had, Cancelled if it was stopped.

        Whatever happens, an environment that was there before stays as it was, and nothing else is left but the log.
        """
        try:
            return self._run(python)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise Unavailable(sentence_for(self._title, ["os error 28"])) from error
            raise Unavailable(f"{self._title} could not be installed: {error.strerror or error}.") from error
        finally:
            shutil.rmtree(self._aside, ignore_errors=True)

    def _run(self, python: Python) -> Path:
        pins = self._pins()
        self._check_room()
        self._aside.mkdir(parents=True)
        self._layout.cache.mkdir(parents=True, exist_ok=True)
        environment = self._aside / "environment"
        with _Log(self._layout.log(self._recipe.framework)) as build_log:
            self._report(Progress(Phase.START, 0, len(pins)))
            for step in steps_of(self._recipe, python.path, environment, python_in(environment)):
                self._install(step, build_log, sum(pin.applies for pin in pins))
            self._write_files(environment)
            self._check(environment, pins, build_log)
            facts = {
                "interpreter": str(python.path),
                "pythonVersion": str(python.version),
                "builtAt": round(time.time(), 3),
                "sizeBytes": size_of(environment),
            }
            (environment / MANIFEST).write_text(json.dumps(manifest_of(self._recipe, pins, facts), indent=1))
            self._stop.check()
            return self._put_in_place(environment)

    def _pins(self) -> tuple[Pin, ...]:
        locks = [lock for lock in (self._recipe.lock, self._recipe.second_step) if lock is not None]
        try:
            texts = [(lock.name, lock.read_text()) for lock in locks]
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"The plugin of {self._title} lacks a lock that can be read: {error}.") from error
        is_ours, python = bool(self._recipe.packages), self._recipe.python
        found = [
            pin for name, text in texts for pin in pins_of(text, python, f"The lock '{name}'", may_name_wheels=is_ours)
        ]
        return tuple({pin.name: pin for pin in sorted(found, key=lambda pin: pin.applies)}.values())

    def _check_room(self) -> None:
        self._layout.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._layout.root).free
        wanted = self._expected_bytes + _SPARED_BYTES
        if free < wanted:
            raise Unavailable(
                f"{self._title} was not installed: {size_text(free)} are free on the disk, and {size_text(wanted)} "
                "should be. Make room, then install it again."
            )

    def _install(self, step: Step, build_log: "_Log", packages: int) -> None:
        """Run one step, first with what the cache holds: that needs no network, and asks no index whether it is new."""
        if step.lock is None or not self._uv((*step.arguments, "--offline"), build_log, packages, must=False):
            self._uv(step.arguments, build_log, packages, must=True)

    def _uv(self, arguments: Sequence[str], build_log: "_Log", packages: int, *, must: bool) -> bool:
        reader, said = ProgressReader(packages), list[str]()

        def on_line(line: str) -> None:
            line = without_credentials(line)
            said.append(line)
            if must and not is_noise(line):
                build_log.write(line)
            if progress := reader.read(line):
                self._report(progress)

        if must:
            build_log.write(f"$ uv {' '.join(arguments)}")
        code = self._stop.run([uv_binary(), *arguments], self._aside, uv_environment(self._layout), on_line)
        if code != 0 and must:
            raise Unavailable(sentence_for(self._title, said))
        if code == 0 and not must:  # an attempt that failed would only alarm whoever reads the log
            for line in [f"$ uv {' '.join(arguments)}", *said]:
                if not is_noise(line):
                    build_log.write(line)
        return code == 0

    def _write_files(self, environment: Path) -> None:
        for path, content in self._recipe.files.items():
            target = environment / path
            if path.startswith(SITE_PACKAGES):
                target = (packages_in(environment) or environment) / path.removeprefix(SITE_PACKAGES)
            target.parent.mkdir(parents=True, exist_ok=True)
            # A file that is there may be shared with the cache: it is replaced, never written to.
            target.unlink(missing_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, target)
            else:
                target.write_text(content, encoding="utf-8", newline="")

    def _check(self, environment: Path, pins: Sequence[Pin], build_log: "_Log") -> None:
        self._report(Progress(Phase.CHECK))
        build_log.write(f"Importing {', '.join(self._recipe.imports) or 'nothing'}")
        scratch = self._aside / "scratch"
        scratch.mkdir()
        findings = checkup.examine(environment, self._recipe.imports, scratch, self._stop, build_log.write)
        wanted = {pin.name: pin.version for pin in pins if pin.applies}
        if problems := checkup.problems_of(findings, wanted, self._recipe.replaced):
            raise Unavailable(f"{self._title} was installed, but does not work: {problems[0]}. The log says more.")

    def _put_in_place(self, environment: Path) -> Path:
        target = self._layout.root / self._recipe.name
        if target.exists():
            put_away(self._layout, target)
        environment.rename(target)
        empty_removed(self._layout)
        return target


def resolve(
    framework: DerivedFramework, python: Python, layout: Layout, stop: Stop, report: Callable[[Progress], None]
) -> None:
    """Make the lock of a framework with further packages; Unavailable, with a sentence, if there is none that fits."""
    lock = framework.lock_for(python.minor)
    if lock is None:
        raise Unavailable(f"{framework.base.title} has no lock for Python {python.minor}.")
    report(Progress(Phase.RESOLVE))
    aside = layout.building / f"{framework.id}.{uuid.uuid4().hex[:8]}"
    try:
        aside.mkdir(parents=True)
        layout.cache.mkdir(parents=True, exist_ok=True)
        with _Log(layout.log(framework.id)) as build_log:
            uv = _UvAside(layout, aside, stop, build_log).run
            text = Resolving(framework, python.minor, python.path, aside, lock.parent / "wheels", uv).run()
        lock.parent.mkdir(parents=True, exist_ok=True)
        (aside / "whole.lock").write_text(text)
        (aside / "whole.lock").replace(lock)
    except OSError as error:
        raise Unavailable(f"{framework.title} could not be installed: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


class _UvAside:
    """Runs uv for what comes before a build."""

    def __init__(self, layout: Layout, folder: Path, stop: Stop, build_log: "_Log") -> None:
        self._layout = layout
        self._folder = folder
        self._stop = stop
        self._log = build_log

    def run(self, arguments: Sequence[str]) -> tuple[int, Sequence[str]]:
        said: list[str] = []
        command = [uv_binary(), *arguments]
        code = self._stop.run(command, self._folder, uv_environment(self._layout), said.append)
        if (
            code == 0 or "--offline" not in arguments
        ):  # the first attempt is expected to fail where the cache lacks some
            for line in [f"$ uv {' '.join(arguments)}", *said]:
                self._log.write(without_credentials(line))
        return code, [without_credentials(line) for line in said]


class _Log:
    """The log of the latest build; it ends, with a note, before it could fill a disk."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", errors="replace")
        self._room = _LOG_BYTES

    def __enter__(self) -> "_Log":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # a full disk was told of already
            self._file.close()

    def write(self, line: str) -> None:
        if self._room <= 0:
            return
        self._room -= len(line) + 1
        self._file.write((line if self._room > 0 else "… the log is too long; the rest is left out.") + "\n")
        self._file.flush()


def uv_binary() -> str:
    """The uv that was installed with us; Unavailable if it is gone."""
    import uv

    try:
        return uv.find_uv_bin()
    except FileNotFoundError as error:
        raise Unavailable("uv, which installs frameworks, is missing. Install AgentOrchestra again.") from error


def uv_environment(layout: Layout) -> dict[str, str]:
    """What uv is told by its environment."""
    return {
        **scrubbed(os.environ),
        "UV_CACHE_DIR": str(layout.cache),
        "UV_PYTHON_INSTALL_DIR": str(layout.pythons),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "NO_COLOR": "1",
    }


def put_away(layout: Layout, environment: Path) -> Path:
    """Take an environment out of its place in one step; where it went. `empty_removed` deletes it."""
    layout.removed.mkdir(exist_ok=True)
    return environment.rename(layout.removed / f"{environment.name}.{uuid.uuid4().hex[:8]}")


def empty_removed(layout: Layout) -> None:
    shutil.rmtree(layout.removed, ignore_errors=True)


def clean(layout: Layout) -> None:
    """Remove what builds left that were killed; to be called before the first build of a server."""
    with contextlib.suppress(FileNotFoundError):
        for folder in layout.building.iterdir():
            kill_what_builds(folder)
    shutil.rmtree(layout.building, ignore_errors=True)
    empty_removed(layout)


def forget_packages(layout: Layout, names: Sequence[str]) -> None:
    """Let the cache forget packages, in all their versions."""
    if not names or not layout.cache.exists():
        return
    said: list[str] = []
    command = [uv_binary(), "cache", "clean", *names]
    if Stop().run(command, layout.root, uv_environment(layout), said.append) != 0:
        log.warning("uv's cache could not be cleaned: %s", " ".join(said)[:500])


def download_python(layout: Layout, version: str, stop: Stop) -> None:
    """Have uv download a Python such as "3.12"; Unavailable if that fails."""
    said: list[str] = []
    layout.pythons.mkdir(parents=True, exist_ok=True)
    variables = {**uv_environment(layout), "UV_PYTHON_DOWNLOADS": "manual"}
    command = [uv_binary(), "python", "install", "--no-bin", version]
    if stop.run(command, layout.pythons, variables, said.append) != 0:
        raise Unavailable(sentence_for(f"Python {version}", said))
