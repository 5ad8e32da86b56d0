"""Frameworks: what a plugin says of the library that it brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """A configuration that runs as it is; `script` (YAML) lets the scripted model play its part offline."""

    id: str
    title: str
    description: str
    configuration: Mapping[str, Any]
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])
    script: Path | None = None


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework as its plugin declares it.

    `python` is a version specifier (PEP 440); `requirements` a hash-locked file, or None where the standard library
    is enough; `config_schema` a JSON Schema 2020-12 of an object; `worker` the file or package folder that offers
    `run(request, context)`; `fork_safe` says that one OS thread is left after import, so that workers may be forked
    from a process that has loaded it; `reusable`, that one worker may run one execution of an owner after the other.
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


def scripted_model(framework: str, sample: str) -> str:
    """The model name under which a sample's script answers."""
    return f"scripted-{framework}-{sample}"
