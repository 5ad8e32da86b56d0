"""Looks at Python source for what a name in it is: by its syntax tree, so that nothing runs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 2_000_000
_MAKERS = {
    "compile": "a compiled graph",
    "create_agent": "an agent by create_agent",
    "create_react_agent": "an agent by create_react_agent",
    "create_supervisor": "a supervisor",
    "create_swarm": "a swarm",
    "StateGraph": "a StateGraph, compiled when it runs",
    "MessageGraph": "a graph, compiled when it runs",
}
_MANAGERS = {"asynccontextmanager", "contextmanager"}
_COMPOUND = (ast.If, ast.Try, ast.With)


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a graph: what kind of thing it is, what its module says of itself, or why it would not run."""

    kind: str
    description: str = ""
    problem: str | None = None


def look_for(path: Path, name: str) -> Sight:
    """What that name is in a file."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return Sight("unknown", problem=f"'{path.name}' is too long to be looked at.")
        tree = ast.parse(path.read_bytes(), path.name)
    except SyntaxError as error:
        return Sight("unknown", problem=f"'{path.name}' is no Python that can be read: line {error.lineno}.")
    except (OSError, ValueError, RecursionError, MemoryError):
        return Sight("unknown", problem=f"'{path.name}' cannot be read.")
    description = (ast.get_docstring(tree) or "").partition("\n")[0][:300]
    kinds = [kind for node in _top_level(tree.body) if (kind := _kind(node, name))]
    if kinds:
        is_class = kinds[-1] == _A_CLASS
        problem = f"'{name}' is a class; name a graph, or a function that makes one." if is_class else None
        return Sight(kinds[-1], description, problem)
    if _imports_all(tree):
        return Sight("a graph from another module", description)
    return Sight("unknown", description, f"There is no '{name[:100]}' in '{path.name}'.")


_A_CLASS = "a class"


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run at import, those inside of `if`, `try` and `with` too."""
    for node in body:
        yield node
        if isinstance(node, _COMPOUND):
            yield from _top_level(node.body)
            yield from _top_level(getattr(node, "orelse", []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def _kind(node: ast.stmt, name: str) -> str | None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name == name:
            return _kind_of_function(node)
        case ast.ClassDef() if node.name == name:
            return _A_CLASS
        case ast.Assign() if any(isinstance(one, ast.Name) and one.id == name for one in node.targets):
            return _kind_of_value(node.value)
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
            return _kind_of_value(value)
        case ast.ImportFrom() | ast.Import() if any((one.asname or one.name) == name for one in node.names):
            return "a graph from another module"
        case _:
            return None


def _kind_of_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    decorators = {_called(one) for one in node.decorator_list}
    if "entrypoint" in decorators:
        return "a workflow by @entrypoint"
    if decorators & _MANAGERS:
        return "a context manager that opens a graph"
    positional = len(node.args.posonlyargs + node.args.args) - len(node.args.defaults)
    return "a function that makes a graph" + (" of the run's config" if positional > 0 else "")


def _kind_of_value(value: ast.expr) -> str:
    if isinstance(value, ast.Call):
        name = _called(value)
        if name in {"with_config", "with_types"} and isinstance(value.func, ast.Attribute):
            return _kind_of_value(value.func.value)
        return _MAKERS.get(name, f"what {name}() gives" if name else "what a call gives")
    return "another name for a graph" if isinstance(value, ast.Name) else "what an expression gives"


def _called(node: ast.expr) -> str:
    """The last part of what is called or named: `compile` of `builder.compile()`."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _imports_all(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in tree.body)
