"""Registers the functions that a model may call: built-in tools, and those of function files."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .library import quiet

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_MODULE = "orchestra_tools"


def register(package: Any, configuration: Mapping[str, Any], context: Context) -> list[str]:
    """Their names; ValueError says what cannot be registered."""
    instance = package.get_func_instance()
    for secret in configuration["keys"]:
        instance.add_key(secret["name"], secret["value"])
    before = _names(instance)
    with quiet():
        _add_tools(instance, context.tools(configuration["tools"]))
        package.register_function = _strict(instance)
        for file in configuration["function_files"]:
            _add_file(file, configuration["project"], context)
    return [name for name in _names(instance) if name not in before]


def _names(instance: Any) -> list[str]:
    return [function["name"] for function in instance.db.get_all_functions()]


def _add_tools(instance: Any, tools: Sequence[Callable[..., Any]]) -> None:
    """functionz keeps and runs source code; that of a tool calls the tool."""
    module = sys.modules[_MODULE] = ModuleType(_MODULE)
    for tool in tools:
        name, signature = tool.__name__, inspect.signature(tool)
        setattr(module, name, tool)
        parameters = ", ".join(f"{one.name}: {_type_of(one)}" for one in signature.parameters.values())
        given = ", ".join(signature.parameters)
        instance.registrar.add_function(
            name,
            metadata={"description": inspect.getdoc(tool)},
            code=f"def {name}({parameters}) -> str:\n    return {_MODULE}.{name}({given})\n",
            imports=[_MODULE],
        )


def _type_of(parameter: inspect.Parameter) -> str:
    known = parameter.annotation if isinstance(parameter.annotation, str) else parameter.annotation.__name__
    return known if known in ("str", "int", "float", "bool") else "str"


def _add_file(file: str, project: str, context: Context) -> None:
    if not file.endswith(".py"):
        raise ValueError(f"'{file}' is no Python file.")
    try:
        context.load(f"{file}:__name__", project)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"'{file}' cannot be loaded. {type(error).__name__}: {error}") from error


def _strict(instance: Any) -> Callable[..., Any]:
    """babyagi's own decorator prints what goes wrong, and leaves the function out."""

    def register_function(*given: Any, **named: Any) -> Callable[..., Any]:
        def registered(function: Callable[..., Any]) -> Callable[..., Any]:
            instance.register_function(*given, **named)(function)
            return function

        return registered

    return register_function
