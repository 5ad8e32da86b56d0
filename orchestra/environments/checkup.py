"""Tells what is wrong with an environment: asks its own Python to import, and compares with the lock."""

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from orchestra.domain.environments import Diagnosis
from orchestra.environments.catalog import manifest_in
from orchestra.environments.commands import Stop, scrubbed
from orchestra.environments.disk import size_of
from orchestra.environments.layout import python_in
from orchestra.environments.recipe import framework_and_python_of

_GUEST = Path(__file__).with_name("inspect_environment.py")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Findings:
    """What an environment's Python said: errors by module, versions and lost files by package; `failure` if it died."""

    errors: Mapping[str, str]
    packages: Mapping[str, str]
    missing: Mapping[str, Sequence[str]]
    failure: str | None = None


def examine(
    environment: Path, imports: Sequence[str], scratch: Path, stop: Stop, log: Callable[[str], None]
) -> Findings:
    """Import the modules in the environment; `scratch` is a folder for what they write."""
    report = scratch / "report.json"
    report.unlink(missing_ok=True)
    command = [str(python_in(environment)), "-I", str(_GUEST), str(report), *imports]
    variables = {**scrubbed(os.environ), "HOME": str(scratch), "PYTHONUTF8": "1"}
    try:
        code = stop.run(command, scratch, variables, log)
    except OSError as error:
        return Findings({}, {}, {}, f"its Python does not start ({error.strerror})")
    try:
        told: dict[str, Any] = json.loads(report.read_bytes())
        packages = {str(canonicalize_name(name)): version for name, version in told["packages"].items()}
        return Findings(told["errors"], packages, told["missing"])
    except (OSError, ValueError, KeyError):
        return Findings({}, {}, {}, f"its Python ended with exit code {code} while it imported {', '.join(imports)}")


def problems_of(findings: Findings, wanted: Mapping[str, str], replaced: Collection[str] = ()) -> list[str]:
    """What is wrong, in sentences without an end.

    `wanted` are the versions that the lock pins; `replaced` the files in `site-packages` that the plugin wrote itself.
    """
    if findings.failure is not None:
        return [findings.failure]
    problems = [f"{module} cannot be imported ({error[:200]})" for module, error in findings.errors.items()]
    absent = sorted(name for name in wanted if name not in findings.packages)
    other = sorted(name for name in wanted if findings.packages.get(name, wanted[name]) != wanted[name])
    if absent:
        problems.append(f"{_listed(absent)} missing")
    problems += [f"{name} is {findings.packages[name]} instead of {wanted[name]}" for name in other[:_SHOWN]]
    for name, files in findings.missing.items():
        if lost := [file for file in files if file not in replaced]:
            problems.append(f"{len(lost)} of the files of {name} are missing or changed, such as {lost[0][:100]}")
    return problems


def diagnose(environment: Path, title: str, scratch: Path) -> Diagnosis:
    """Look at a finished environment of the framework with that title."""
    framework = (framework_and_python_of(environment.name) or ("", ""))[0]
    manifest = manifest_in(environment)
    if manifest is None:
        found = ["what it was built from cannot be read"]
    else:
        findings = examine(environment, manifest.get("imports", ()), scratch, Stop(), lambda _: None)
        found = problems_of(findings, manifest.get("packages", {}), manifest.get("replaced", ()))
    remedy = f"Repair it with 'orchestra frameworks repair {framework}'."
    problems = [f"{title}: {problem}. {remedy}" for problem in found]
    return Diagnosis(environment.name, framework, size_of(environment), problems)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more + (" are" if len(names) > 1 else " is")
