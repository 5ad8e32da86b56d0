"""Lets functionz' react_agent work on an objective: it reasons, calls functions, and says what it found."""

# babyagi is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .functions import register
from .library import loaded
from .models import Models

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

AGENT = "react_agent"
_CALLER = "execute_function_wrapper"  # by which the agent calls what the model names
_BOOKKEEPING = frozenset({"executed_functions", "parent_log_id", "wrapper_log_id", "triggered_by_log_id"})
_FAILED = "An error occurred:"
_ANSWER = "Final Answer:\n"


def work(objective: str, configuration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """`answer` is what the agent found, `functions` those that it called, in order."""
    return _Run(configuration, context).work(objective)


class _Run:
    def __init__(self, configuration: Mapping[str, Any], context: Context) -> None:
        self._context = context
        self._configuration = configuration
        self._models = Models(configuration, context, AGENT)
        self._turns = contextlib.ExitStack()
        self._number = 0
        self._offered: list[str] = []
        self._called: list[str] = []

    def work(self, objective: str) -> dict[str, Any]:
        self._models.install()
        instance = self._prepared()
        self._models.before_each = self._begin_turn
        with self._context.step(AGENT, type="agent"), self._turns:
            said = str(instance.executor.execute(AGENT, objective))
        if said.startswith(_FAILED):
            self._context.fail(said.partition("\n")[0].removeprefix(_FAILED).strip() or said)
        answer = said.rpartition(_ANSWER)[2].strip()
        return {"answer": answer, "functions": self._called, "turns": self._number}

    def _prepared(self) -> Any:
        """functionz' instance, in which a model reaches what it was offered, and nothing else."""
        package = loaded()
        instance = package.get_func_instance()
        _forbid_pip(type(instance.executor))
        try:
            self._offered = register(package, self._configuration, self._context)
        except ValueError as error:
            self._context.fail(f"The functions cannot be used: {error}", failure="configuration")
        self._watch(type(instance.executor))
        every = instance.get_all_functions
        instance.get_all_functions = lambda: [one for one in every() if one["name"] in self._offered]
        return instance

    def _begin_turn(self) -> None:
        self._turns.close()
        self._number += 1
        self._turns.enter_context(self._context.step(f"Turn {self._number}", type="task"))

    def _watch(self, executor_class: Any) -> None:
        """Each call of an offered function is a step; a call of any other, such as for secrets, is refused."""
        original = executor_class.execute

        def execute(executor: Any, function_name: str, *given: Any, **named: Any) -> Any:
            if function_name == _CALLER and given and given[0] not in self._offered:
                raise ValueError(f"There is no function '{given[0]}' to call.")
            if function_name not in self._offered:
                return original(executor, function_name, *given, **named)
            self._called.append(function_name)
            arguments = {name: value for name, value in named.items() if name not in _BOOKKEEPING}
            if given:
                arguments["args"] = list(given)
            with self._context.step(function_name, type="tool", arguments=arguments) as step:
                result = original(executor, function_name, *given, **named)
                step.result(result=str(result))
            return result

        executor_class.execute = execute


def _forbid_pip(executor_class: Any) -> None:
    """It would install whatever a function says it imports."""
    import importlib

    def import_only(_: Any, package: str, module: str) -> Any:
        try:
            return importlib.import_module(module)
        except ImportError:
            raise ImportError(f"The module '{module}' is not in this environment.") from None

    executor_class._install_external_dependency = import_only
