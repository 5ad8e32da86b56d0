"""Reads a CrewAI project: its pyproject, its declarations and its source, statically, so that nothing of it runs."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestra.domain.projects import FoundAgent, Project

from .declarations import CONFIG, Seen, crew_in_json, crew_in_yaml, flow_in_yaml, text_of
from .dependencies import asked_for, not_in_lock
from .source import seen_in

_CREW_FILES = ("crew.jsonc", "crew.json")
_MOST_FILES = 400
_MOST_FOLDERS = 300
_MOST_AGENTS = 100
_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "tests", "test", "build", "dist", "venv"})


def read_project(path: Path) -> Project | None:
    """What agents a folder, a crew.jsonc or a flow.yaml could be made of; None if there is nothing of CrewAI's."""
    if not path.is_dir():
        return _of_file(path)
    folder = path.resolve()
    declared = _declared(folder)
    if declared.get("type") == "tool":
        return None
    found = {one.place: one for one in _found(folder, declared)}
    if not found:
        return None
    agents = tuple(_agent(folder, one) for one in list(found.values())[:_MOST_AGENTS])
    dependencies = tuple(asked_for(folder))
    source = "pyproject.toml" if declared else next(iter(found)).partition(":")[0]
    return Project(source, agents, dependencies, tuple(_variables(folder)), tuple(_notes(found.values(), dependencies)))


def _of_file(path: Path) -> Project | None:
    """A declaration that was named itself; its project is the folder that it lies in."""
    folder, name = path.resolve().parent, path.name
    if path.suffix in {".json", ".jsonc"}:
        seen = crew_in_json(folder, name)
    elif path.suffix in {".yaml", ".yml"}:
        seen = flow_in_yaml(folder, name)
    else:
        return None
    return None if seen is None else Project(name, (_agent(folder, seen),), notes=tuple(_notes([seen], ())))


def _declared(folder: Path) -> Mapping[str, Any]:
    """What pyproject.toml has under `[tool.crewai]`."""
    try:
        found = tomllib.loads(text_of(folder / "pyproject.toml")).get("tool", {}).get("crewai", {})
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise ValueError(f"pyproject.toml cannot be read: {error}.") from error
    return found if isinstance(found, dict) else {}


def _found(folder: Path, declared: Mapping[str, Any]) -> Iterator[Seen]:
    """All that could run: what the project declares, declarations where they usually lie, then classes in source."""
    named = declared.get("definition")
    names: list[str] = [*([named] if isinstance(named, str) else []), *_CREW_FILES]
    for name in dict.fromkeys(names):
        read = flow_in_yaml if name.endswith((".yaml", ".yml")) else crew_in_json
        if seen := read(folder, name):
            yield seen
    used: set[Path] = set()
    for file in _sources(folder) if _may_have_code(folder) else ():
        for seen in seen_in(folder, file):
            used.add(file.parent / CONFIG)
            yield seen
    for config in [folder, folder / CONFIG]:
        if config not in used and (seen := crew_in_yaml(folder, config)):
            yield seen


def _may_have_code(folder: Path) -> bool:
    """Whether its own files speak of CrewAI; else the folder may be anything, and is not searched."""
    names = (folder / "pyproject.toml", folder / "requirements.txt", *sorted(folder.glob("*.py"))[:_MOST_FILES])
    return any("crewai" in text_of(file) for file in names)


def _sources(folder: Path) -> list[Path]:
    """The project's Python files, in a steady order, none of them from environments or through links elsewhere."""
    found: list[Path] = []
    waiting = [folder]
    for _ in range(_MOST_FOLDERS):
        if not waiting or len(found) >= _MOST_FILES:
            break
        try:
            inside = sorted(waiting.pop(0).iterdir())
        except OSError:
            continue
        found += [one for one in inside if one.suffix == ".py" and one.is_file() and not one.is_symlink()]
        waiting += [one for one in inside if one.is_dir() and not one.is_symlink() and _is_own(one.name)]
    return found[:_MOST_FILES]


def _is_own(name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED


def _agent(folder: Path, seen: Seen) -> FoundAgent:
    inputs = {"inputs": dict(seen.inputs)} if seen.inputs else {}
    return FoundAgent(
        name=seen.name,
        kind=seen.kind,
        configuration={"project": str(folder), "crew": seen.place, **inputs},
        description=seen.description,
        problem=seen.problem,
    )


def _variables(folder: Path) -> Iterator[str]:
    """The names of what the project's `.env` sets; their values are not looked at."""
    for line in text_of(folder / ".env").splitlines():
        name, equals, _ = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip().isidentifier():
            yield name.strip()


def _notes(found: Iterable[Seen], dependencies: tuple[str, ...]) -> Iterator[str]:
    for model in dict.fromkeys(model for one in found for model in one.models):
        yield f"The model '{model}' is asked for at the gateway."
    for command in dict.fromkeys(command for one in found for command in one.programs):
        yield f"It starts the program '{command}'; a person is asked before that."
    if missing := not_in_lock(dependencies):
        yield (
            "It asks for packages that CrewAI's environment does not have, so what needs them fails, unless a .venv in "
            f"the project has them for the same Python: {', '.join(missing)}."
        )
