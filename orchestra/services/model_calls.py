"""What a person can see of model calls, and make of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestra.domain.identity import Principal
from orchestra.domain.kept_calls import KeptCall
from orchestra.domain.pages import Page
from orchestra.engine.call_store import CallStore
from orchestra.errors import Conflict, NotFound
from orchestra.gateway.chat import text_of
from orchestra.gateway.errors import CallError
from orchestra.gateway.recording import script_of
from orchestra.gateway.replies.prompts import messages_in
from orchestra.gateway.requests import read_request
from orchestra.gateway.said import said_in
from orchestra.services.executions import ExecutionService
from orchestra_storage.history import History
from orchestra_storage.model_calls import ModelCalls


@dataclass(frozen=True, slots=True)
class ReadCall:
    """A call as a person reads it: who said what, what the model answered, and which tools it called with what."""

    call: KeptCall
    messages: Sequence[tuple[str, str]]
    reply: str
    tool_calls: Sequence[tuple[str, Mapping[str, Any]]]


class ModelCallService:
    def __init__(self, history: History, store: CallStore, executions: ExecutionService) -> None:
        self._calls = ModelCalls(history)
        self._store = store
        self._executions = executions

    def list(self, principal: Principal, execution_id: str, *, page: int = 1, limit: int = 20) -> Page[KeptCall]:
        """A page of the execution's model calls in their order, without bodies."""
        number = self._number_of(principal, execution_id)
        calls, total = self._calls.page(number, page=page, limit=limit)
        return Page(calls, page, limit, total)

    def get(self, principal: Principal, execution_id: str, call_id: str) -> KeptCall:
        """One call, with what was asked and answered if that is kept."""
        call = self._calls.get(self._number_of(principal, execution_id), call_id)
        if call is None:
            raise NotFound("model call", call_id)
        return call

    def read(self, principal: Principal, execution_id: str, call_id: str) -> ReadCall:
        """The same call, its bodies read; what cannot be read is shown as it came."""
        call = self.get(principal, execution_id, call_id)
        record = call.record
        said = said_in(record.format, record.reply, record.streamed)
        calls = [(one.name, one.arguments) for one in said.tool_calls]
        is_read = said.text or calls or not record.reply
        reply = said.text if is_read else record.reply.decode("utf-8", "replace")
        return ReadCall(call, _messages_of(call), reply, calls)

    def record(self, principal: Principal, execution_id: str) -> str:
        """The ended execution's calls as a script for the scripted model, in YAML; Conflict if none can be made."""
        execution = self._executions.get(principal, execution_id)
        if not execution.status.is_final:
            raise Conflict("The execution has not ended. Wait for its end, or cancel it, to record its model calls.")
        calls: Iterable[KeptCall] = list(self._calls.all(self._number_of(principal, execution_id)))
        script = script_of(calls, f"Recorded from execution {execution.id} of '{execution.agent_name}'")
        if script is None:
            raise Conflict(
                "The execution has no model calls with a prompt and a reply that could be recorded: it made none, they "
                "failed, or they are not kept (ORCHESTRA_MODEL_BODY_DAYS)."
            )
        return script

    def _number_of(self, principal: Principal, execution_id: str) -> int:
        number = self._executions.get(principal, execution_id).number
        self._store.settle()
        return number


def _messages_of(call: KeptCall) -> Sequence[tuple[str, str]]:
    record = call.record
    try:
        messages = messages_in(read_request(record.format, record.request, record.asked_model))
    except CallError:
        return [("request", record.request.decode("utf-8", "replace"))] if record.request else []
    return [(str(message.get("role", "user")), text_of(message)) for message in messages]
