"""Tells who uses environments: which may go, and which something still runs in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from orchestra.domain.executions import Execution
from orchestra.domain.frameworks import Framework
from orchestra.domain.packages import base_of
from orchestra.environments.catalog import all_environments, environments_of, is_wanted, manifest_in, usable
from orchestra.environments.layout import Layout
from orchestra.environments.recipe import framework_and_python_of
from orchestra_storage.unit import Unit


def framework_of(environment: Path) -> str:
    """The id of the framework whose environment it is, with further packages or without."""
    return (framework_and_python_of(environment.name) or ("", ""))[0]


def superseded(frameworks: Mapping[str, Framework], layout: Layout) -> list[Path]:
    """Environments beside which there is a newer one, so that nothing starts in them any more."""
    found: list[Path] = []
    for framework in frameworks.values():
        current = usable(framework, layout)
        if current is not None and is_wanted(framework, current):
            found += [path for path in environments_of(framework.id, layout) if path != current]
    return found


def unused(unit: Unit, frameworks: Mapping[str, Framework], layout: Layout) -> list[Path]:
    """Environments that no agent needs."""
    needed = {one for one in unit.deployments.needed_by_agents() if base_of(one) in frameworks}
    old = set(superseded(frameworks, layout))
    return [path for path in all_environments(layout) if path in old or framework_of(path) not in needed]


def is_free(unit: Unit, environment: Path) -> bool:
    """Whether no execution runs in the environment; one that has no process yet counts as if it did."""
    framework = base_of(framework_of(environment))
    mine = [execution for execution in unit.executions.running() if execution.framework == framework]
    return not any(_runs_in(execution, environment) for execution in mine)


def _runs_in(execution: Execution, environment: Path) -> bool:
    """By the command line of its worker: it begins with the environment's interpreter, also if it was forked."""
    if execution.process is None:
        return True
    try:
        command: Sequence[str] = psutil.Process(execution.process.pid).cmdline()
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True  # we may not look, so we do not know
    return bool(command) and Path(command[0]).is_relative_to(environment)


def packages_only_of(environments: Sequence[Path], layout: Layout) -> list[str]:
    """The packages that these environments have and no other does."""
    others = [path for path in all_environments(layout) if path not in environments]
    return sorted(_packages_of(environments) - _packages_of(others))


def _packages_of(environments: Sequence[Path]) -> set[str]:
    return {name for path in environments for name in (manifest_in(path) or {}).get("packages", {})}
