"""Tells with which interpreter a framework's workers are started."""

import sys
from dataclasses import dataclass

from orchestra.domain.frameworks import Framework
from orchestra.errors import Conflict


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The start of a worker's command line: the interpreter, isolated from user settings and from our packages."""

    command: tuple[str, ...]


def interpreter_for(framework: Framework) -> Interpreter:
    """The interpreter for a framework; Conflict if it needs an environment that is not there.

    A framework without requirements runs on the standard library alone, so on the base interpreter of our own
    environment, with site-packages switched off (`-S`).
    """
    if framework.requirements is not None:
        raise Conflict(
            f"{framework.title} needs a Python environment of its own, and this version cannot build one yet. "
            "Choose a framework that needs no install."
        )
    base = getattr(sys, "_base_executable", None) or sys.executable
    return Interpreter((base, "-I", "-S"))
