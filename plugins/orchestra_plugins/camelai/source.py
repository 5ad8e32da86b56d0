"""Looks at Python source for agents and societies of CAMEL: by its syntax tree, so that nothing runs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 2_000_000
_KINDS = (
    "ChatAgent",
    "RolePlaying",
    "Workforce",
    "CriticAgent",
    "EmbodiedAgent",
    "MCPAgent",
    "SearchAgent",
    "RepoAgent",
)
_COMPOUND = (ast.If, ast.Try, ast.With)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Sight:
    """An agent or society, or a function that gives one: its name, what it is, and what is said of it."""

    name: str
    kind: str
    description: str = ""


def sights_in(path: Path) -> tuple[Sight, ...]:
    """What of CAMEL a file has at its top; nothing if it does not import CAMEL or cannot be read."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return ()
        text = path.read_bytes()
        tree = ast.parse(text, path.name) if b"camel" in text else ast.Module([], [])
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    if not any(_imports_camel(node) for node in ast.walk(tree)):
        return ()
    about = _first_line(ast.get_docstring(tree))
    found = {sight.name: sight for node in _top_level(tree.body) for sight in _sights_of(node, about)}
    return tuple(sight for sight in found.values() if not sight.name.startswith("_"))


def _imports_camel(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] == "camel"
    return isinstance(node, ast.Import) and any(one.name.partition(".")[0] == "camel" for one in node.names)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run at import, those inside of `if`, `try` and `with` too, but for a script's own part."""
    for node in body:
        yield node
        if isinstance(node, _COMPOUND) and not _is_of_a_script(node):
            yield from _top_level(node.body)
            yield from _top_level(getattr(node, "orelse", []))


def _is_of_a_script(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)


def _sights_of(node: ast.stmt, about: str) -> Iterator[Sight]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            if kind := _given_by(node):
                yield Sight(node.name, f"a function that makes a {kind}", _first_line(ast.get_docstring(node)) or about)
        case ast.Assign(value=ast.Call() as call) if kind := _kind_of(call):
            yield from (Sight(one.id, kind, about) for one in node.targets if isinstance(one, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call) if kind := _kind_of(call):
            yield Sight(name, kind, about)
        case _:
            pass


def _given_by(function: Function) -> str | None:
    """What a function says that it gives, or what it makes and gives back."""
    if function.returns is not None:
        named = ast.unparse(function.returns)
        return next((kind for kind in _KINDS if kind in named), None)
    made = {
        target.id: kind
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and (kind := _kind_of(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            kind = made.get(node.value.id) if isinstance(node.value, ast.Name) else _kind_of(node.value)
            if kind:
                return kind
    return None


def _kind_of(value: ast.expr) -> str | None:
    if not isinstance(value, ast.Call):
        return None
    called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
    return called if called in _KINDS else None


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0][:300]
