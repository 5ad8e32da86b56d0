"""Makes steps, tokens and messages of what LangChain calls back: nodes, models and tools, each below its parent."""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.errors import GraphBubbleUp

from .plain import plain, text_of

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Step

_NODE_TAG = "graph:step:"
_PLUMBING = ("__", "ModelCallLimitMiddleware.", "ToolCallLimitMiddleware.")


class Steps(BaseCallbackHandler):
    """Inline, so that events keep their order."""

    run_inline = True
    raise_error = False

    def __init__(self, context: Context) -> None:
        self._context = context
        self._open: dict[UUID, Step] = {}
        self._above: dict[UUID, str | None] = {}  # run → the id of the step that it is, or else is in
        self._speaker: dict[UUID, str | None] = {}
        self.said: set[str] = set()
        """The ids of messages that were shown."""

    def close(self) -> None:
        """End what is still open: it was stopped."""
        for step in reversed(list(self._open.values())):
            step.end("cancelled")
        self._open.clear()

    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        node = (metadata or {}).get("langgraph_node")
        if node and not is_plumbing(str(node)) and any(tag.startswith(_NODE_TAG) for tag in tags or ()):
            self._begin(run_id, parent_run_id, str(node), "task", node=str(node))
        else:
            self._pass_on(run_id, parent_run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._end_badly(run_id, error)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[Any]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        about = metadata or {}
        speaker = about.get("lc_agent_name") or about.get("langgraph_node")
        self._speaker[run_id] = str(speaker) if speaker else None
        name = about.get("ls_model_name") or (kwargs.get("invocation_params") or {}).get("model") or "model"
        self._begin(run_id, parent_run_id, str(name), "llm", messages=sum(map(len, messages)))

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any) -> None:
        text = text_of(getattr(chunk, "message", None)) or (token if isinstance(token, str) else "")
        if text and run_id in self._open:
            speaker = self._speaker.get(run_id)
            self._context.emit("token", text, step=self._open[run_id].id, **({"name": speaker} if speaker else {}))

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        step, speaker = self._open.get(run_id), self._speaker.pop(run_id, None)
        message = _message_of(response)
        if step is not None and message is not None:
            self._say(message, step, speaker)
        self._end(run_id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._speaker.pop(run_id, None)
        self._end_badly(run_id, error)

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        name = kwargs.get("name") or (serialized or {}).get("name") or "tool"
        arguments = plain(inputs if inputs is not None else input_str)
        self._begin(run_id, parent_run_id, str(name), "tool", arguments=arguments)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        failed = getattr(output, "status", None) == "error"
        self._end(run_id, "failed" if failed else "completed", result=_result_of(output))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._end_badly(run_id, error)

    def _say(self, message: Any, step: Step, speaker: str | None) -> None:
        if usage := getattr(message, "usage_metadata", None):
            self._context.emit("usage", None, step=step.id, **plain(usage))
        if getattr(message, "id", None):
            self.said.add(message.id)
        named = {"name": speaker} if speaker else {}
        if text := text_of(message):
            self._context.emit("message", text, step=step.id, role="assistant", **named)
        if calls := getattr(message, "tool_calls", None):
            step.result(toolCalls=[{"name": call["name"], "arguments": plain(call["args"])} for call in calls])

    def _begin(self, run_id: UUID, parent: UUID | None, name: str, kind: str, **data: Any) -> None:
        step = self._context.begin(name, kind, self._above.get(parent) if parent else None, **data)
        self._open[run_id] = step
        self._above[run_id] = step.id

    def _pass_on(self, run_id: UUID, parent: UUID | None) -> None:
        self._above[run_id] = self._above.get(parent) if parent else None

    def _end(self, run_id: UUID, status: str = "completed", **data: Any) -> None:
        self._above.pop(run_id, None)
        if step := self._open.pop(run_id, None):
            step.end(status, **data)

    def _end_badly(self, run_id: UUID, error: BaseException) -> None:
        if isinstance(error, GraphBubbleUp):  # no fault: it waits for a person, or hands over to another graph
            self._end(run_id, interrupted=True)
        elif isinstance(error, Exception):
            self._end(run_id, "failed", error=f"{type(error).__name__}: {error}")
        else:
            self._end(run_id, "cancelled")


def is_plumbing(node: str) -> bool:
    """Whether a node is the library's own: where a graph begins, or what counts calls for `create_agent`'s limits."""
    return node.startswith(_PLUMBING)


def _message_of(response: Any) -> Any:
    try:
        return response.generations[0][0].message
    except (AttributeError, IndexError):
        return None  # a model that completes texts instead of speaking


def _result_of(output: Any) -> Any:
    content = getattr(output, "content", output)
    return content if isinstance(content, str) else plain(content)
