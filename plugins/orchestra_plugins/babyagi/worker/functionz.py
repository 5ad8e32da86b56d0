"""Lets an agent of functionz work on an objective: it calls functions, or builds those that it lacks."""

# babyagi is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import importlib
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

from .builder import ADDER, INSTEAD, PACKS, Builder, NotAllowed
from .functions import register
from .library import loaded, quiet
from .models import Models

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

REACT, PROCESS, SELF_BUILD = "react_agent", "process_user_input", "self_build"
REACT_PACK = "drafts/react_agent"
_CALLERS = frozenset({"execute_function_wrapper", "run_final_function"})  # call what a model names
_FORBIDDEN = frozenset({"get_all_secret_keys", "add_key_wrapper"})
_STAGES = frozenset(
    {
        "generate_queries",
        "check_existing_functions",
        "break_down_task",
        "create_function",
        "extract_function_parameters",
    }
)
_BOOKKEEPING = frozenset({"executed_functions", "parent_log_id", "wrapper_log_id", "triggered_by_log_id"})
_FAILED = "An error occurred:"
_ANSWER = "Final Answer:\n"


def work(objective: str, configuration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """`answer` is what the agent found; `functions` those that were called, in order; `built` those that are new."""
    return _Run(configuration, context).work(objective)


class _Run:
    def __init__(self, configuration: Mapping[str, Any], context: Context) -> None:
        self._context = context
        self._configuration = configuration
        self._agent: str = configuration["agent"]
        self._models = Models(configuration, context, self._agent)
        self._builder = Builder(context)
        self._turns = ExitStack()
        self._number = 0
        self._offered: list[str] = []
        self._called: list[str] = []

    def work(self, objective: str) -> dict[str, Any]:
        self._models.install()
        instance = self._prepared()
        if self._agent == REACT:
            self._models.before_each = self._begin_turn
        more = {"X": int(self._configuration["self_build_count"])} if self._agent == SELF_BUILD else {}
        try:
            with self._context.step(self._agent, type="agent"), self._turns:
                said = instance.executor.execute(self._agent, objective, **more)
        except NotAllowed as refused:
            self._context.fail(str(refused), failure="cancelled")
        return {"answer": self._answer(said), "functions": self._called, "built": self._builder.built}

    def _answer(self, said: Any) -> str:
        if self._agent == SELF_BUILD:
            if not said:
                self._context.fail("The model made up no requests that functionz could read.")
            return "\n".join(f"{one['query']}: {one.get('error') or one['output']}" for one in said)
        text = "" if said is None else str(said)
        if self._agent == REACT and text.startswith(_FAILED):
            self._context.fail(text.partition("\n")[0].removeprefix(_FAILED).strip() or text)
        return text.rpartition(_ANSWER)[2].strip() if self._agent == REACT else text

    def _prepared(self) -> Any:
        """functionz' instance, in which a model reaches what it was offered, and nothing else."""
        package = loaded([REACT_PACK], {}) if self._agent == REACT else loaded(PACKS, INSTEAD)
        instance = package.get_func_instance()
        _forbid_pip(type(instance.executor))
        try:
            self._offered = register(package, self._configuration, self._context)
        except ValueError as error:
            self._context.fail(f"The functions cannot be used: {error}", failure="configuration")
        if self._agent != REACT:
            with quiet():
                self._offered += self._builder.prepare(instance)
        self._watch(instance)
        every = instance.get_all_functions
        instance.get_all_functions = lambda: [one for one in every() if one["name"] in self._offered]
        return instance

    def _begin_turn(self) -> None:
        self._turns.close()
        self._number += 1
        self._turns.enter_context(self._context.step(f"Turn {self._number}", type="task"))

    def _watch(self, instance: Any) -> None:
        """Each call of an offered function is a step; a call of any other, such as for secrets, is refused."""
        executor_class = type(instance.executor)
        original = executor_class.execute

        def execute(executor: Any, function_name: str, *given: Any, **named: Any) -> Any:
            named_one = given[0] if function_name in _CALLERS and given else None
            if function_name in _FORBIDDEN or (named_one is not None and named_one not in self._offered):
                raise ValueError(f"There is no function '{named_one or function_name}' to call.")
            if function_name == ADDER:
                self._offered.append(self._builder.add(instance, named, self._offered))
                return True
            if function_name not in self._offered:
                stage = self._context.step(function_name, type="task") if function_name in _STAGES else nullcontext()
                with stage:
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

    def import_only(_: Any, package: str, module: str) -> Any:
        try:
            return importlib.import_module(module)
        except ImportError:
            raise ImportError(f"The module '{module}' is not in this environment.") from None

    executor_class._install_external_dependency = import_only
