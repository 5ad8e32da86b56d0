"""Executions: start, list, follow, wait for, cancel and retry them."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from orchestra.client.answers import read_piece
from orchestra.client.artifacts import Artifact, Preview
from orchestra.client.calls import Listing, Pieces, Request, Waiting, paged
from orchestra.client.events import Flow, StreamEvent, stream_event
from orchestra.client.fields import body_of, header_value, path_of
from orchestra.client.groups import D, Group, operation, series
from orchestra.client.model_calls import ModelCall, ModelCallDetailed, Script
from orchestra.client.patience import STREAM_PAUSES

Status = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"]
Level = Literal["DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
Environment = Literal["development", "staging", "production"]
Trigger = Literal["manual", "scheduled", "webhook"]
Failure = Literal[
    "configuration",
    "environment",
    "model_refused",
    "model_unreachable",
    "budget",
    "framework",
    "worker_killed",
    "lost",
    "unanswered",
    "timeout",
    "cancelled",
]
Priority = Literal["low", "normal", "high"] | int | str  # a number from -100 to 100, or one of the words
FINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"})
_LINES = 1000
_HELD_SECONDS = 2  # less than any sensible timeout of a request


class Confirmation(TypedDict):
    message: str


class Started(TypedDict):
    executionId: str
    status: str
    message: str


class Question(TypedDict):
    """What a run asks people: an answer is one of `choices`, what fits `schema`, or a text."""

    id: str
    question: str
    choices: NotRequired[list[str]]
    schema: NotRequired[dict[str, Any]]
    since: str
    expires: NotRequired[str]


class AgentRef(TypedDict):
    id: str
    name: str
    framework: str


class Execution(TypedDict):
    """`duration` is in milliseconds, times are ISO 8601; `nextAttemptAt` is there while it waits to be tried again."""

    id: str
    status: Status
    input: dict[str, Any]
    output: NotRequired[dict[str, Any]]
    error: NotRequired[str]
    reason: NotRequired[str]
    failure: NotRequired[Failure]
    duration: NotRequired[int]
    tokensUsed: int
    cost: NotRequired[float]
    trigger: Trigger
    environment: Environment
    priority: int
    attempt: int
    nextAttemptAt: NotRequired[str]
    agentVersion: NotRequired[int]
    retryOf: NotRequired[str]
    scheduleId: NotRequired[str]
    createdAt: str
    startedAt: NotRequired[str]
    completedAt: NotRequired[str]
    cancelRequestedAt: NotRequired[str]
    waitingFor: NotRequired[list[Question]]
    agent: AgentRef


class LogLine(TypedDict):
    id: str
    level: Level
    message: str
    timestamp: str
    metadata: NotRequired[dict[str, Any]]


class Attempt(TypedDict):
    number: int
    startedAt: NotRequired[str]
    endedAt: NotRequired[str]
    failure: NotRequired[Failure]
    reason: NotRequired[str]


class ExecutionDetailed(Execution):
    """`queuePosition` is there while it waits (1 starts next), `logs` holds the first thousand lines."""

    configuration: dict[str, Any]
    queuePosition: NotRequired[int]
    attempts: list[Attempt]
    logs: list[LogLine]


class Executions(Group[D]):
    @series
    def list(
        self,
        *,
        agent_id: str | None = None,
        status: Status | Sequence[Status] | None = None,
        framework: str | None = None,
        environment: Environment | None = None,
        trigger: Trigger | None = None,
        schedule_id: str | None = None,
        from_: str | datetime | None = None,
        to: str | datetime | None = None,
        limit: int | None = None,
    ) -> Listing[Execution]:
        """Executions, the newest first; all of them, or the first `limit`.

        Of several statuses, each has one; it was accepted `from_` that time on, and before `to`, both with a time zone.
        """
        filters = body_of(
            agent_id=agent_id,
            status=status,
            framework=framework,
            environment=environment,
            trigger=trigger,
            schedule_id=schedule_id,
            from_=from_,
            to=to,
        )
        return paged(path_of("executions"), "executions", limit, filters)

    @operation
    def start(
        self,
        agent_id: str,
        *,
        input: Mapping[str, Any] | None = None,
        configuration: Mapping[str, Any] | None = None,
        environment: Environment | None = None,
        trigger: Trigger | None = None,
        priority: Priority | None = None,
        idempotency_key: str | None = None,
    ) -> Request[Started]:
        """Start an agent; `configuration` replaces single fields for this run.

        Lost answers are asked for again with the same key, so nothing starts twice; one is made if none is given.
        """
        body = body_of(
            agent_id=agent_id,
            input=input,
            configuration=configuration,
            environment=environment,
            trigger=trigger,
            priority=priority,
        )
        return _once("POST", path_of("executions"), idempotency_key, body)

    @operation
    def retry(self, execution_id: str, *, idempotency_key: str | None = None) -> Request[Started]:
        """Start what has ended once more, with the same input and configuration."""
        return _once("POST", path_of("executions", execution_id, "retry"), idempotency_key)

    @operation
    def get(self, execution_id: str) -> Request[ExecutionDetailed]:
        """The execution, with its configuration and the first lines of its log."""
        return Request("GET", path_of("executions", execution_id))

    @operation
    def cancel(self, execution_id: str) -> Request[Confirmation]:
        """Have it stopped, with all its processes; ApiError `already_ended` if there is nothing to stop."""
        return Request("DELETE", path_of("executions", execution_id))

    @operation
    def answer(self, execution_id: str, question_id: str, answer: Any) -> Request[Confirmation]:
        """Answer what it asks; ApiError `question_closed` if nobody waits for that (any more)."""
        body = {"questionId": question_id, "answer": answer}
        return Request("POST", path_of("executions", execution_id, "answers"), body=body)

    @operation
    def wait(self, execution_id: str, *, timeout_seconds: float | None = None) -> Waiting[ExecutionDetailed]:
        """The execution once it has ended, also through restarts of the server; TimeoutError if it has not by then."""
        return Waiting(
            Request("GET", path_of("executions", execution_id), pauses=STREAM_PAUSES),
            has_ended,
            timeout_seconds,
            f"The execution has not ended within {timeout_seconds} seconds. It goes on.",
            _HELD_SECONDS,
        )

    @series
    def logs(self, execution_id: str, *, level: Level | None = None, limit: int | None = None) -> Listing[LogLine]:
        """Its log lines in order, those of one level only if it is given; all of them, or the first `limit`."""
        return paged(path_of("executions", execution_id, "logs"), "logs", limit, {"level": level, "offset": 0}, _LINES)

    @series
    def model_calls(self, execution_id: str, *, limit: int | None = None) -> Listing[ModelCall]:
        """Its model calls in their order; all of them, or the first `limit`."""
        return paged(path_of("executions", execution_id, "model-calls"), "calls", limit)

    @operation
    def model_call(self, execution_id: str, call_id: str) -> Request[ModelCallDetailed]:
        """One model call, with its prompt and reply if they are kept."""
        return Request("GET", path_of("executions", execution_id, "model-calls", call_id))

    @operation
    def script(self, execution_id: str) -> Request[Script]:
        """Its model calls as a script for the scripted model; ApiError `conflict` while it has not ended."""
        return Request("GET", path_of("executions", execution_id, "script"))

    @series
    def artifacts(self, execution_id: str, *, limit: int | None = None) -> Listing[Artifact]:
        """The files that it has left so far, by their paths; all of them, or the first `limit`."""
        return paged(path_of("executions", execution_id, "artifacts"), "artifacts", limit)

    @series
    def artifact(self, execution_id: str, artifact_id: str) -> Pieces:
        """The bytes of such a file, in pieces; ApiError `precondition_failed` if it is changed meanwhile."""
        return Pieces(Request("GET", path_of("executions", execution_id, "artifacts", artifact_id), read=read_piece))

    @operation
    def preview(self, execution_id: str, artifact_id: str) -> Request[Preview]:
        """What can be shown of such a file: the beginning of a text, or the first rows of a table."""
        return Request("GET", path_of("executions", execution_id, "artifacts", artifact_id, "preview"))

    @series
    def stream(self, execution_id: str, *, last_id: str = "") -> Flow[StreamEvent]:
        """Its events, first what has been, then live, to its end; behind the one with `last_id` only, if given.

        A stream that breaks is taken up where it broke, for half a minute without a server.
        """
        return Flow(
            Request("GET", path_of("executions", execution_id, "stream")),
            stream_event,
            _is_last,
            last_id,
            ending=Request("GET", path_of("executions", execution_id)),
            is_over=has_ended,
        )


def has_ended(execution: Mapping[str, Any]) -> bool:
    return execution["status"] in FINAL


def _is_last(event: StreamEvent) -> bool:
    return event.kind == "status" and event.data.get("status") in FINAL


def _once(method: str, path: str, key: str | None, body: Any = None) -> Request[Started]:
    headers = {"Idempotency-Key": header_value("idempotency key", key or uuid.uuid4().hex)}
    return Request(method, path, body=body, headers=headers, is_deduplicated=True)
