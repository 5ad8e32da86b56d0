"""Projects of users: what a framework's plugin finds in a folder of theirs, without running any of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FoundAgent:
    """What an agent can be made of; `kind` says what it is in the framework's words, `problem` why it would not run."""

    name: str
    kind: str
    configuration: Mapping[str, Any]
    description: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project as one framework reads it.

    `source` is the file that it was found by; `dependencies` are packages that it asks for, as it writes them;
    `variables` the names (never the values) of what it sets in the environment; `notes` sentences for who imports it.
    """

    source: str
    agents: tuple[FoundAgent, ...]
    dependencies: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
