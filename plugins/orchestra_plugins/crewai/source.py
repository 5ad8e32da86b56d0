"""Looks at Python source for crews and flows: by its syntax tree, so that nothing runs."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .declarations import CONFIG, Seen, models_in, placeholders_in, read_yaml

_MAX_BYTES = 2_000_000
_SIMPLE = (str, int, float, bool)
_FILLED_IN = frozenset({"Agent", "Task"})


def seen_in(folder: Path, file: Path) -> Iterator[Seen]:
    """The classes of a file that CrewAI runs: those with `@CrewBase`, and flows."""
    try:
        text = file.read_bytes() if file.stat().st_size <= _MAX_BYTES else b""
        tree = ast.parse(text, file.name) if b"crewai" in text else None
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.ClassDef):
            place = f"{file.relative_to(folder).as_posix()}:{node.name}"
            if any(_last_name(one) == "CrewBase" for one in node.decorator_list):
                yield _crew(place, node, file)
            elif bases := [one for one in node.bases if _is_flow(one)]:
                yield _flow(place, node, bases[0], tree)


def _crew(place: str, node: ast.ClassDef, file: Path) -> Seen:
    agents = read_yaml(file.parent / _config(node, "agents_config", f"{CONFIG}/agents.yaml"))
    tasks = read_yaml(file.parent / _config(node, "tasks_config", f"{CONFIG}/tasks.yaml"))
    parts = [one for one in [*agents.values(), *tasks.values()] if isinstance(one, dict)]
    parts += list(_texts_given(node))
    has_crew = any(isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name == "crew" for one in node.body)
    return Seen(
        place,
        node.name,
        "a crew by @CrewBase",
        dict.fromkeys(placeholders_in(parts), ""),
        tuple(dict.fromkeys([*models_in(parts), *_models_made(node)])),
        description=_about(node),
        problem=None if has_crew else f"'{node.name}' has no method crew().",
    )


def _config(node: ast.ClassDef, name: str, default: str) -> str:
    """Where a class says that its YAML is, if it does so by a plain text that stays below it."""
    for one in node.body:
        target = (
            one.targets[0] if isinstance(one, ast.Assign) else one.target if isinstance(one, ast.AnnAssign) else None
        )
        if isinstance(target, ast.Name) and target.id == name and isinstance(one, (ast.Assign, ast.AnnAssign)):
            value = _constant(one.value)
            return value if isinstance(value, str) and ".." not in value and not value.startswith("/") else default
    return default


def _texts_given(node: ast.AST) -> Iterator[dict[str, Any]]:
    """The plain texts that agents and tasks are made with in the code itself."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and _last_name(one.func) in _FILLED_IN:
            yield {word.arg: _constant(word.value) for word in one.keywords if word.arg}


def _models_made(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and _last_name(one.func) == "LLM":
            given = [_constant(word.value) for word in one.keywords if word.arg == "model"]
            given += [_constant(value) for value in one.args[:1]]
            yield from (model[:200] for model in given if isinstance(model, str))


def _flow(place: str, node: ast.ClassDef, base: ast.expr, tree: ast.Module | None) -> Seen:
    state = _last_name(base.slice) if isinstance(base, ast.Subscript) else ""
    classes = [one for one in (tree.body if tree else ()) if isinstance(one, ast.ClassDef) and one.name == state]
    inputs = dict(_fields(classes[0])) if classes else {}
    return Seen(place, node.name, "a flow", inputs, tuple(dict.fromkeys(_models_made(node))), description=_about(node))


def _fields(state: ast.ClassDef) -> Iterator[tuple[str, Any]]:
    """The fields of a state that a person could fill in, with their defaults."""
    for one in state.body:
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name) or one.target.id == "id":
            continue
        default = _constant(one.value)
        if isinstance(default, _SIMPLE):
            yield one.target.id, default
        elif one.value is None and _last_name(one.annotation) == "str":
            yield one.target.id, ""


def _is_flow(base: ast.expr) -> bool:
    return _last_name(base.value if isinstance(base, ast.Subscript) else base) == "Flow"


def _last_name(node: ast.expr | None) -> str:
    """The last part of what is named or called: `CrewBase` of `project.CrewBase`."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _constant(node: ast.expr | None) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def _about(node: ast.ClassDef) -> str:
    return (ast.get_docstring(node) or "").strip().partition("\n")[0][:300]
