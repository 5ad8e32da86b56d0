"""Finds the Pythons of this machine, and the one that a framework can use."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from orchestra.domain.frameworks import Framework

_PROBE = (
    "import json, sys, sysconfig; "
    "print(json.dumps([sys.implementation.name, '.'.join(map(str, sys.version_info[:3])) + "
    "('' if sys.version_info[3] == 'final' else 'a0'), getattr(sys, '_base_executable', None) or sys.executable, "
    "bool(sysconfig.get_config_var('Py_GIL_DISABLED'))]))"
)
_PROBE_SECONDS = 10
_OLDEST = Version("3.9")  # that our half of a worker runs on
_NAMES = re.compile(r"python(3(\.\d+)?)?(\.exe)?")
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter that works, by its absolute path."""

    path: Path
    version: Version

    @property
    def minor(self) -> str:
        """As in "3.11"."""
        return f"{self.version.major}.{self.version.minor}"


def choose(framework: Framework, pythons: Sequence[Python]) -> Python | None:
    """The first of them that the framework runs on and has a lock for; None if none is."""
    specifier = SpecifierSet(framework.python)
    for python in pythons:
        fits = specifier.contains(python.version, prereleases=bool(specifier.prereleases))
        if fits and framework.lock_for(python.minor) is not None:
            return python
    return None


def find_pythons(environment: Mapping[str, str] | None = None, more: Sequence[Path] = ()) -> tuple[Python, ...]:
    """The machine's usable Pythons: first the one that runs us, then the newest first; one of each version.

    Looked for on PATH, among pyenv's, by Windows' launcher, and in the folders that `more` names (uv's downloads).
    """
    variables = os.environ if environment is None else environment
    candidates = _distinct([_own(), *_on_path(variables), *_of_pyenv(variables), *_of_launcher(), *_below(more)])
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        found = [python for python in threads.map(probe, candidates) if python is not None]
    own = [python for python in found if python.path.samefile(_own())]
    ordered: dict[Version, Python] = {}
    for python in [*own, *sorted(found, key=lambda python: python.version, reverse=True)]:
        ordered.setdefault(python.version, python)
    return tuple(ordered.values())


def probe(path: Path) -> Python | None:
    """The Python at a path; None if there is none that works (pyenv's shims may lead nowhere), or a special build."""
    command = [str(path), "-I", "-S", "-c", _PROBE]
    try:
        ran = subprocess.run(command, capture_output=True, timeout=_PROBE_SECONDS, check=True, cwd=path.parent)  # noqa: S603 - an interpreter that was found
        implementation, version, base, free_threaded = json.loads(ran.stdout)
        python = Python(Path(base), Version(version))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None
    usable = implementation == "cpython" and not free_threaded and python.version >= _OLDEST
    return python if usable and python.path.is_absolute() and python.path.exists() else None


def _own() -> Path:
    return Path(getattr(sys, "_base_executable", None) or sys.executable)


def _on_path(variables: Mapping[str, str]) -> Iterator[Path]:
    for folder in map(Path, variables.get("PATH", os.defpath).split(os.pathsep)):
        if folder.is_absolute() and folder.name != "shims":  # pyenv's lead to what is found among its versions
            with contextlib.suppress(OSError):
                yield from (path for path in sorted(folder.iterdir()) if _NAMES.fullmatch(path.name))


def _of_pyenv(variables: Mapping[str, str]) -> Iterable[Path]:
    root = Path(variables.get("PYENV_ROOT") or Path(variables.get("HOME") or Path.home()) / ".pyenv")
    return _below([root / "versions"])


def _below(folders: Iterable[Path]) -> Iterator[Path]:
    """The interpreters in folders that hold one installation each."""
    for folder in folders:
        for pattern in ("*/bin/python3", "*/python.exe", "*/install/bin/python3"):
            yield from sorted(folder.glob(pattern))


def _of_launcher() -> Iterator[Path]:
    if sys.platform != "win32" or (launcher := shutil.which("py")) is None:
        return
    try:
        listed = subprocess.run([launcher, "-0p"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return
    for line in listed.stdout.splitlines():
        if found := re.search(r"[A-Za-z]:\\.*python\.exe", line):
            yield Path(found[0])


def _distinct(paths: Iterable[Path]) -> list[Path]:
    """Each real file once, by the first of its paths."""
    found: dict[str, Path] = {}
    for path in paths:
        found.setdefault(os.path.realpath(path), path)
    return list(found.values())
