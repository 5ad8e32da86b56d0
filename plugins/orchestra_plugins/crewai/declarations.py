"""Reads what declares crews and flows without code: crew.jsonc, agents.yaml with tasks.yaml, flow.yaml."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

CONFIG = "config"
_MAX_BYTES = 1_000_000
_MOST_PARTS = 10_000
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]{0,63})\}")
_MOST_PLACEHOLDERS = 100
# Texts of JSON, which hold what looks like comments, then comments, then commas before a closing bracket.
_JSONC = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_READ = ("role", "goal", "backstory", "description", "expected_output")
_SIMPLE = (str, int, float, bool)
_FLOW_SCHEMA = "crewai.flow/"


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that could run: where it is (as the configuration's `crew` says it), and what was seen of it."""

    place: str
    name: str
    kind: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    models: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    description: str = ""
    problem: str | None = None


def text_of(path: Path) -> str:
    """What a file says; nothing if it is not there or too long."""
    try:
        return path.read_text("utf-8", "replace") if path.stat().st_size <= _MAX_BYTES else ""
    except OSError:
        return ""


def crew_in_json(folder: Path, name: str) -> Seen | None:
    """The crew that a JSON file, with or without comments, declares; None if it declares none."""
    path = _inside(folder, name)
    if path is None or not path.is_file():
        return None
    try:
        found = json.loads(_JSONC.sub(lambda one: one[1] or "", text_of(path)))
    except (ValueError, RecursionError) as error:
        if path.name.startswith("crew."):
            raise ValueError(f"{name} is no JSON that can be read: {error}.") from error
        return None
    if not isinstance(found, dict) or not isinstance(found.get("tasks"), list) or "agents" not in found:
        return None
    agents = list(_agents_of(found["agents"], path.parent / "agents"))
    parts = [*agents, *(one for one in found["tasks"] if isinstance(one, dict))]
    given = found.get("inputs")
    inputs = {**dict.fromkeys(placeholders_in(parts), ""), **(given if isinstance(given, dict) else {})}
    kind = f"a crew of {len(agents)} agents in {path.name}"
    named = found.get("name")
    return Seen(
        path.relative_to(folder).as_posix(),
        str(named)[:200] if isinstance(named, str) and named else folder.name,
        kind,
        inputs,
        tuple(models_in(parts)),
        tuple(_programs_in(parts)),
        _sentence(found.get("description")),
    )


def _agents_of(given: object, folder: Path) -> Iterator[Mapping[str, Any]]:
    """Agents as they stand in the crew's file, or in files of their own that it names."""
    if isinstance(given, dict):
        yield from (one for one in cast(dict[str, Any], given).values() if isinstance(one, dict))
    for one in cast(list[Any], given) if isinstance(given, list) else []:
        if isinstance(one, dict):
            yield one
        elif isinstance(one, str) and re.fullmatch(r"[\w-]+", one):
            for suffix in (".jsonc", ".json"):
                try:
                    found = json.loads(_JSONC.sub(lambda each: each[1] or "", text_of(folder / (one + suffix))))
                except (ValueError, RecursionError):
                    continue
                if isinstance(found, dict):
                    yield found
                    break


def crew_in_yaml(folder: Path, config: Path) -> Seen | None:
    """The crew of a folder's agents.yaml and tasks.yaml; None if they are not both there."""
    agents, tasks = read_yaml(config / "agents.yaml"), read_yaml(config / "tasks.yaml")
    if not agents or not tasks:
        return None
    parts = [one for one in [*agents.values(), *tasks.values()] if isinstance(one, dict)]
    place = config.relative_to(folder).as_posix()
    kind = f"a crew of {len(agents)} agents in YAML"
    return Seen(place, folder.name, kind, dict.fromkeys(placeholders_in(parts), ""), tuple(models_in(parts)))


def flow_in_yaml(folder: Path, name: str) -> Seen | None:
    """The flow that a YAML file declares; None if it declares none."""
    path = _inside(folder, name)
    found = read_yaml(path) if path is not None else {}
    if path is None or not str(found.get("schema", "")).startswith(_FLOW_SCHEMA):
        return None
    methods = found.get("methods")
    steps = f" of {len(methods)} methods" if isinstance(methods, dict) else ""
    named, state = found.get("name"), found.get("state")
    default = state.get("default") if isinstance(state, dict) else None
    return Seen(
        path.relative_to(folder).as_posix(),
        str(named)[:200] if named else path.stem,
        f"a flow{steps} in {path.name}",
        {str(key): value for key, value in default.items() if isinstance(value, _SIMPLE)}
        if isinstance(default, dict)
        else {},
        models=tuple(models_in([found])),
        programs=tuple(_programs_in([found])),
        description=_sentence(found.get("description")),
    )


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a file holds; an empty one if it is not there or holds something else."""
    try:
        found = yaml.safe_load(text_of(path))
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def placeholders_in(parts: list[Any]) -> list[str]:
    """The names in braces within the texts that CrewAI fills in, in their order, each once."""
    texts = [one[name] for one in parts for name in _READ if isinstance(one.get(name), str)]
    found = dict.fromkeys(name for text in texts for name in _PLACEHOLDER.findall(text))
    return list(found)[:_MOST_PLACEHOLDERS]


def models_in(parts: list[Any]) -> Iterator[str]:
    """The models that are named anywhere within, as `llm` or as its `model`."""
    for one in _mappings(parts):
        for name in ("llm", "manager_llm", "planning_llm", "function_calling_llm", "chat_llm"):
            given = one.get(name)
            model = given.get("model") if isinstance(given, dict) else given
            if isinstance(model, str) and model:
                yield model[:200]


def _programs_in(parts: list[Any]) -> Iterator[str]:
    for one in _mappings(parts):
        for server in one.get("mcps") or () if isinstance(one.get("mcps"), list) else ():
            if isinstance(server, dict) and isinstance(server.get("command"), str):
                yield server["command"][:200]


def _mappings(given: list[Any]) -> Iterator[Mapping[str, Any]]:
    """All mappings within, each once: YAML may name the same one a million times."""
    waiting, met = list[Any](given), set[int]()
    while waiting and len(met) < _MOST_PARTS:
        one = waiting.pop(0)
        if id(one) in met or not isinstance(one, (dict, list)):
            continue
        met.add(id(one))
        if isinstance(one, dict):
            yield cast(Mapping[str, Any], one)
        waiting += list(cast(dict[str, Any], one).values()) if isinstance(one, dict) else cast(list[Any], one)


def _inside(folder: Path, name: str) -> Path | None:
    path = (folder / name).resolve()
    return path if folder in path.parents else None


def _sentence(given: object) -> str:
    return " ".join(given.split())[:300] if isinstance(given, str) else ""
