"""Makes steps, tokens and messages of CrewAI's events, each in the moment and the thread in which it happens."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crewai.events import event_bus
from crewai.events.event_context import SCOPE_STARTING_EVENTS, VALID_EVENT_PAIRS

from .plain import mapping, plain, words
from .stopping import Stopping

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Step

# What begins → the step's type, and the field that names it.
_BEGINNINGS: Mapping[str, tuple[str, str]] = {
    "crew_kickoff_started": ("crew", "crew_name"),
    "flow_started": ("flow", "flow_name"),
    "method_execution_started": ("task", "method_name"),
    "task_started": ("task", "task_name"),
    "agent_execution_started": ("agent", "agent_role"),
    "lite_agent_execution_started": ("agent", "agent_role"),
    "llm_call_started": ("llm", "model"),
    "llm_guardrail_started": ("guardrail", "guardrail_name"),
    "tool_usage_started": ("tool", "tool_name"),
    "mcp_connection_started": ("mcp", "server_name"),
    "memory_retrieval_started": ("memory", "type"),
    "memory_query_started": ("memory", "type"),
    "memory_save_started": ("memory", "type"),
    "knowledge_query_started": ("knowledge", "type"),
    "knowledge_search_query_started": ("knowledge", "type"),
    "agent_reasoning_started": ("planning", "type"),
}
_NAMES = {
    "memory_retrieval_started": "recall",
    "memory_query_started": "search the memory",
    "memory_save_started": "remember",
    "knowledge_query_started": "search the knowledge",
    "knowledge_search_query_started": "search the knowledge",
    "agent_reasoning_started": "make a plan",
}
_BAD_ENDS = ("_failed", "_error")
_ENDS = ("_completed", "_finished", "_paused", *_BAD_ENDS)
_RESULT_FIELDS = ("output", "result", "results", "plan")
_SAYS_NO_MORE = frozenset(
    {"crew_kickoff_completed", "flow_finished", "agent_execution_completed"}
)  # it was said before
_SHOWN_CHARACTERS = 2000
_NAME_CHARACTERS = 80


@dataclass(frozen=True)
class _Open:
    """A step under way: the type of the event that began it, and what tells it from others of that type."""

    step: Step
    began: str
    mark: tuple[str, ...]


class Events:
    """Hears everything that CrewAI emits, from `listen` to `close`."""

    def __init__(self, context: Context, stopping: Stopping) -> None:
        self._context = context
        self._stopping = stopping
        self._lock = threading.RLock()
        self._open: dict[str, _Open] = {}  # by the id of the event that began it
        self._above: dict[str, str | None] = {}  # event → the id of the step that it is, or else is in
        self._have_spoken: set[str] = set()  # agents that have said something since their turn began
        self._is_closed = False
        self.runs: Any = None
        """What runs: shown, though it may be of a class of the library's own, as flows without code are."""

    def listen(self) -> None:
        """Before CrewAI's own listeners, which run in other threads and in any order."""
        publish = event_bus.publish_stream_event

        def hear(source: Any, event: Any) -> None:
            self.see(source, event)
            publish(source, event)

        event_bus.publish_stream_event = hear

    def see(self, source: Any, event: Any) -> None:
        """Show an event; Ended if nothing more is to happen. What cannot be shown harms no run."""
        try:
            with self._lock:
                if not self._is_closed:
                    self._show(event, source is not self.runs and _is_plumbing(source, event))
        except Exception as error:  # noqa: BLE001 - foreign values are shown here
            self._context.log(f"An event ({event.type}) could not be shown: {error}", level="DEBUG")
        if not self._is_closed:
            self._stopping.look(event)

    def close(self, status: str) -> None:
        """End what is still open."""
        with self._lock:
            self._is_closed = True
            for one in reversed(list(self._open.values())):
                one.step.end(status)
            self._open.clear()

    def _show(self, event: Any, is_plumbing: bool) -> None:
        kind = event.type
        if kind in SCOPE_STARTING_EVENTS:
            self._above[event.event_id] = self._step_above(event)
        if is_plumbing:
            return
        if kind in _BEGINNINGS:
            self._begin(event)
        elif kind in _SPECIAL:
            _SPECIAL[kind](self, event)
        elif kind.endswith(_ENDS):
            self._end(event)

    def _begin(self, event: Any) -> None:
        kind, field = _BEGINNINGS[event.type]
        name = _NAMES.get(event.type) or getattr(event, field, None) or _role(event) or kind
        data = _BEGIN_DATA.get(event.type, _nothing)(event)
        step = self._context.begin(_short(name), kind, self._step_above(event), **data)
        self._open[event.event_id] = _Open(step, event.type, _mark(event))
        self._above[event.event_id] = step.id
        if kind == "agent":
            self._have_spoken.discard(_role(event) or "")
        if event.type == "tool_usage_started":
            self._tell_handing_over(event, step)

    def _end(self, event: Any) -> None:
        step = self._begun_by(event)
        if step is None:
            return
        if event.type.endswith(_BAD_ENDS):
            step.end("failed", error=words(getattr(event, "error", "")) or event.type)
            return
        step.end("completed", **_result_of(event))

    def _begun_by(self, event: Any) -> Step | None:
        """What the event ends. CrewAI loses count where threads are involved, and then names another's beginning."""
        wanted = VALID_EVENT_PAIRS.get(event.type)
        named = self._open.get(event.started_event_id or "")
        if named is not None and named.began == wanted:
            return self._open.pop(event.started_event_id).step
        mark = _mark(event)
        alike = [key for key, one in self._open.items() if one.began == wanted and one.mark == mark]
        return self._open.pop(alike[-1]).step if alike else None

    def _step_above(self, event: Any) -> str | None:
        above = self._above.get(event.parent_event_id or "")
        if above is None and event.type == "task_started":  # a check of the task before has cost CrewAI its count
            crews = [one.step.id for one in self._open.values() if one.began == "crew_kickoff_started"]
            return crews[-1] if crews else None
        return above

    def _token(self, event: Any) -> None:
        if event.chunk and not getattr(event, "tool_call", None):
            self._emit("token", event.chunk, event)

    def _reply(self, event: Any) -> None:
        """A model has answered: with words of the agent's, or with calls of tools."""
        step = self._begun_by(event)
        if event.usage:
            self._context.emit("usage", None, **({"step": step.id} if step else {}), **plain(event.usage))
        if isinstance(event.response, str):
            self._say(event.agent_role, event.response, step.id if step else self._step_above(event))
            calls = {}
        else:
            calls = {"toolCalls": _calls_in(event.response)}
        if step:
            step.end("completed", **calls)

    def _agent_done(self, event: Any) -> None:
        """What an agent came to, unless its model was heard saying it."""
        role = _role(event)
        if role not in self._have_spoken:
            self._say(role, event.output, self._step_above(event))
        self._end(event)

    def _say(self, role: str | None, text: str, step: str | None) -> None:
        if role and text.strip():
            self._have_spoken.add(role.strip())
            self._context.emit("message", text, role="assistant", name=role.strip(), **({"step": step} if step else {}))

    def _tell_handing_over(self, event: Any, step: Step) -> None:
        given = mapping(event.tool_args)
        if isinstance(given, dict) and given.get("coworker"):
            said = given.get("task") or given.get("question") or ""
            name = (event.agent_role or "").strip() or None
            self._context.emit(
                "message", str(said), role="assistant", name=name, to=str(given["coworker"]), step=step.id
            )

    def _error(self, event: Any) -> None:
        self._emit(
            "log", f"{event.type}: {words(getattr(event, 'error', ''))}"[:_SHOWN_CHARACTERS], event, level="WARN"
        )

    def _emit(self, kind: str, text: str, event: Any, **data: Any) -> None:
        above = self._step_above(event)
        name = {"name": event.agent_role.strip()} if event.agent_role and kind == "token" else {}
        self._context.emit(kind, text, **name, **data, **({"step": above} if above else {}))


_SPECIAL: Mapping[str, Callable[[Events, Any], None]] = {
    "llm_stream_chunk": Events._token,  # pyright: ignore[reportPrivateUsage]
    "llm_call_completed": Events._reply,  # pyright: ignore[reportPrivateUsage]
    "agent_execution_completed": Events._agent_done,  # pyright: ignore[reportPrivateUsage]
    "lite_agent_execution_completed": Events._agent_done,  # pyright: ignore[reportPrivateUsage]
    "tool_validate_input_error": Events._error,  # pyright: ignore[reportPrivateUsage]
    "tool_selection_error": Events._error,  # pyright: ignore[reportPrivateUsage]
    "tool_execution_error": Events._error,  # pyright: ignore[reportPrivateUsage]
    "mcp_config_fetch_failed": Events._error,  # pyright: ignore[reportPrivateUsage]
}


def _nothing(event: Any) -> dict[str, Any]:
    return {}


_BEGIN_DATA: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "tool_usage_started": lambda event: {"arguments": mapping(event.tool_args), "agent": _role(event)},
    "task_started": lambda event: {"node": _node_of(event), "agent": _agent_of_task(event)},
    "method_execution_started": lambda event: {"node": str(event.method_name)},
    "llm_call_started": lambda event: {"messages": len(event.messages) if isinstance(event.messages, list) else 1},
    "crew_kickoff_started": lambda event: {"inputs": plain(event.inputs or {})},
}


def _mark(event: Any) -> tuple[str, ...]:
    fields = ("call_id", "tool_name", "method_name", "task_id", "flow_name", "crew_name")
    return tuple(str(getattr(event, name, None) or "") for name in fields)


def _node_of(event: Any) -> str:
    return _short(event.task_name or getattr(event.task, "name", None) or "task")


def _agent_of_task(event: Any) -> str | None:
    agent = getattr(getattr(event, "task", None), "agent", None)
    return agent.role.strip() if agent is not None else None


def _role(event: Any) -> str | None:
    """Whose event it is, in whichever place CrewAI says so."""
    agent = getattr(event, "agent", None)
    info = getattr(event, "agent_info", None) or {}
    role = getattr(agent, "role", None) or event.agent_role or info.get("role")
    return str(role).strip() if role else None


def _is_plumbing(source: Any, event: Any) -> bool:
    """Whether it is of a flow of the library's own, such as those that agents and memories are made of."""
    return hasattr(event, "flow_name") and type(source).__module__.partition(".")[0] == "crewai"


def _result_of(event: Any) -> dict[str, Any]:
    field = next((one for one in _RESULT_FIELDS if getattr(event, one, None) is not None), None)
    if field is None or event.type in _SAYS_NO_MORE:
        return {}
    value = getattr(event, field)
    return {"result": plain(getattr(value, "raw", value))}


def _calls_in(response: Any) -> list[dict[str, Any]]:
    found = [_function_in(one) for one in (response if isinstance(response, list) else [response])]
    return [{"name": str(name), "arguments": mapping(arguments)} for name, arguments in filter(None, found)]


def _function_in(call: Any) -> tuple[Any, Any] | None:
    """The name and the arguments of a call, as an object or, when it was streamed, as a mapping."""
    function = call.get("function") if isinstance(call, Mapping) else getattr(call, "function", None)
    if isinstance(function, Mapping):
        return function.get("name"), function.get("arguments")
    return (function.name, function.arguments) if function is not None else None


def _short(name: Any) -> str:
    text = " ".join(str(name).split())
    return text if len(text) <= _NAME_CHARACTERS else text[: _NAME_CHARACTERS - 1] + "…"
