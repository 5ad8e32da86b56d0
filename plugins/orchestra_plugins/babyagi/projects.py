"""Reads Python files for functions that are registered at babyagi's functionz; nothing of them is run."""

import ast
from collections.abc import Iterator
from pathlib import Path

from orchestra.domain.projects import FoundAgent, Project

_MAX_BYTES = 2_000_000
_MOST_FILES = 200


def read_project(path: Path) -> Project | None:
    """An agent with all function files of a folder, or with one file; None if no function is registered there."""
    files = sorted(path.glob("*.py"))[:_MOST_FILES] if path.is_dir() else [path] if path.suffix == ".py" else []
    found = {file.name: names for file in files if (names := list(_functions_in(file)))}
    if not found:
        return None
    folder = path if path.is_dir() else path.parent
    names = [name for names in found.values() for name in names]
    configuration = {
        "objective": f"Say what you can do with your functions: {', '.join(names)}"[:2000],
        "model": "gpt-4-turbo",
        "engine": "functionz",
        "project": str(folder.resolve()),
        "function_files": list(found),
    }
    agent = FoundAgent(
        folder.name[:200] or "functions", "functionz", configuration, f"It has {', '.join(names)}."[:300]
    )
    note = "The model 'gpt-4-turbo', which functionz asks for, is asked for at the gateway."
    return Project(", ".join(found), (agent,), notes=(note,))


def _functions_in(file: Path) -> Iterator[str]:
    """The names of its functions that a `register_function` stands above, if it imports babyagi."""
    try:
        if file.stat().st_size > _MAX_BYTES:
            return
        tree = ast.parse(file.read_bytes(), file.name)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imported += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    if not any(name.partition(".")[0] == "babyagi" for name in imported):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(map(_registers, node.decorator_list)):
            yield node.name


def _registers(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name == "register_function"
