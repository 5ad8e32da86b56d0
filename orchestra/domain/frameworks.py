"""Frameworks: what a plugin says of the library that it brings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from orchestra.domain.projects import Project


@dataclass(frozen=True, slots=True)
class Sample:
    """A configuration that runs as it is; `script` (YAML) lets the scripted model play its part offline."""

    id: str
    title: str
    description: str
    configuration: Mapping[str, Any]
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])
    script: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Framework:
    """A framework as its plugin declares it.

    `python` is a version specifier (PEP 440); `config_schema` a JSON Schema 2020-12 of an object; `worker` the file or
    package folder that offers `run(request, context)`; `fork_safe` says that one OS thread is left after import, so
    that workers may be forked from a process that has loaded it; `reusable`, that one worker may run one execution of
    an owner after the other.

    The rest is for frameworks that need more than the standard library. `requirements` is a lock: a requirements file
    in which every package is pinned and has its hashes, and which holds no options. `requirements_by_python` has locks
    of their own for single versions, such as {"3.11": Path(…)}; with no `requirements`, only those versions serve.
    `second_step` is a lock that is installed after that, without its dependencies. `imports` are the modules that the
    worker half imports: the environment is ready only if they can be. `environment_files` are written into the
    environment: relative path → text, or the file to copy; a path below `site-packages/` goes there, wherever it is.
    `size_bytes` is what an environment takes on disk, as its author measured it.

    `read_project` looks at a folder or file of a user's and tells what agents can be made of it; None if it is no
    project of this framework's. It runs nothing of it, takes all that stands there for hostile, and raises ValueError,
    with a sentence, for what cannot be read. `secrets_of` tells which secrets a run with a configuration will learn
    from files of its user's, such as a project's file of variables: they are taken out of all that is stored.
    """

    id: str
    title: str
    description: str
    homepage: str
    license: str
    python: str
    config_schema: Mapping[str, Any]
    worker: Path
    version: str = ""
    requirements: Path | None = None
    samples: tuple[Sample, ...] = ()
    fork_safe: bool = False
    reusable: bool = False
    requirements_by_python: Mapping[str, Path] = field(default_factory=dict[str, Path])
    second_step: Path | None = None
    imports: tuple[str, ...] = ()
    environment_files: Mapping[str, str | Path] = field(default_factory=dict[str, str | Path])
    size_bytes: int | None = None
    read_project: Callable[[Path], Project | None] | None = None
    secrets_of: Callable[[Mapping[str, Any]], Iterable[str]] | None = None

    @property
    def needs_environment(self) -> bool:
        """Whether it needs more than the standard library."""
        return self.requirements is not None or bool(self.requirements_by_python)

    def lock_for(self, python: str) -> Path | None:
        """The lock for a Python such as "3.11"; None if it brings none for that."""
        return self.requirements_by_python.get(python, self.requirements)


def stays_inside(path: str) -> bool:
    """Whether a relative path leads to a file inside of the folder that it is joined to, on every system."""
    parts = PurePosixPath(path).parts
    plain = "\\" not in path and path.isprintable() and not PureWindowsPath(path).drive
    return plain and bool(parts) and not path.startswith("/") and ".." not in parts


def scripted_model(framework: str, sample: str) -> str:
    """The model name under which a sample's script answers."""
    return f"scripted-{framework}-{sample}"
