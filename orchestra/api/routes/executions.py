"""/executions"""

from typing import Annotated

from fastapi import Depends, Header, Query, Response
from fastapi.concurrency import run_in_threadpool
from sse_starlette import EventSourceResponse

from orchestra.api.answers import repeatable, repeatable_between_events
from orchestra.api.deps import AdmissionDep, EncoderDep, PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import prompt, router_for
from orchestra.api.schemas import (
    AttemptOut,
    ExecutionDetailedOut,
    ExecutionOut,
    ExecutionsOut,
    LogOut,
    LogPaginationOut,
    LogsOut,
    MessageOut,
    Moment,
    PaginationOut,
    StartedOut,
    StartExecutionIn,
)
from orchestra.api.stream import event_stream, parse_position
from orchestra.api.waiting import until_ended
from orchestra.domain.events import LogLevel
from orchestra.domain.executions import DeploymentEnvironment, Execution, ExecutionStatus, Trigger
from orchestra.domain.priorities import priority_of
from orchestra.services.starting import StartRequest

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="The same key and request give the same execution."),
]

router = router_for("Executions", "/executions")
_DETAILED_LOGS = 1000


@router.get("", responses=INVALID, summary="List executions")
@repeatable
def list_executions(
    services: ServicesDep,
    principal: PrincipalDep,
    agent_id: Annotated[str | None, Query(alias="agentId")] = None,
    status: Annotated[list[ExecutionStatus] | None, Query(description="One of these; repeat it for several.")] = None,
    trigger: Trigger | None = None,
    schedule_id: Annotated[str | None, Query(alias="scheduleId")] = None,
    framework: str | None = None,
    environment: DeploymentEnvironment | None = None,
    created_from: Annotated[Moment | None, Query(alias="from", description="Accepted then or later.")] = None,
    created_to: Annotated[Moment | None, Query(alias="to", description="Accepted before.")] = None,
    page: Annotated[int, Query(ge=1, le=1_000_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ExecutionsOut:
    found = services.executions.list(
        principal,
        agent_id=agent_id,
        status=status,
        trigger=trigger,
        schedule_id=schedule_id,
        framework=framework,
        environment=environment,
        created_from=created_from,
        created_to=created_to,
        page=page,
        limit=limit,
    )
    executions = [ExecutionOut.of_execution(execution) for execution in found.items]
    return ExecutionsOut(executions=executions, pagination=PaginationOut.of_page(found))


@router.post("", status_code=201, responses=INVALID | UNKNOWN | CONFLICT, summary="Start execution")
@prompt
def start_execution(
    services: ServicesDep,
    principal: PrincipalDep,
    body: StartExecutionIn,
    response: Response,
    key: IdempotencyKey = None,
) -> StartedOut:
    request = StartRequest(
        agent_id=body.agent_id,
        input=body.input or {},
        configuration=body.configuration or {},
        environment=body.environment,
        trigger=body.trigger,
        priority=priority_of(body.priority),
    )
    return _started(response, *services.executions.start_once(principal, request, key))


@router.post(
    "/{execution_id}/retry",
    status_code=201,
    responses=INVALID | UNKNOWN | CONFLICT,
    summary="Start what has ended once more, with the same input and configuration",
)
@prompt
def retry_execution(
    services: ServicesDep,
    principal: PrincipalDep,
    execution_id: str,
    response: Response,
    key: IdempotencyKey = None,
) -> StartedOut:
    return _started(response, *services.executions.retry(principal, execution_id, key))


def _started(response: Response, execution: Execution, before: bool) -> StartedOut:
    if before:
        response.headers["Idempotency-Replayed"] = "true"
        return StartedOut(execution_id=execution.id, status="started", message="The execution was accepted before.")
    return StartedOut(execution_id=execution.id, status="started", message="The execution was accepted.")


@router.get("/{execution_id}", responses=UNKNOWN, summary="Get execution", dependencies=[Depends(until_ended)])
@repeatable_between_events
@prompt
def get_execution(services: ServicesDep, principal: PrincipalDep, execution_id: str) -> ExecutionDetailedOut:
    execution = services.executions.get(principal, execution_id)
    found = services.executions.logs_of(execution, level=None, offset=0, limit=_DETAILED_LOGS)
    return ExecutionDetailedOut.of_execution(
        execution,
        configuration=dict(execution.configuration),
        queue_position=services.executions.queue_position_of(execution),
        attempts=AttemptOut.all_of(execution, services.executions.past_attempts_of(execution)),
        logs=[LogOut.of_event(event) for event in found.logs],
    )


@router.delete("/{execution_id}", responses=UNKNOWN | CONFLICT, summary="Cancel execution")
@prompt
def cancel_execution(services: ServicesDep, principal: PrincipalDep, execution_id: str) -> MessageOut:
    services.executions.cancel(principal, execution_id)
    return MessageOut(message="The execution is being stopped.")


@router.get("/{execution_id}/logs", responses=INVALID | UNKNOWN, summary="Get log lines")
def get_logs(
    services: ServicesDep,
    principal: PrincipalDep,
    execution_id: str,
    level: LogLevel | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000_000)] = 0,
) -> LogsOut:
    found = services.executions.logs(principal, execution_id, level=level, offset=offset, limit=limit)
    more = offset + len(found.logs) < found.total
    return LogsOut(
        logs=[LogOut.of_event(event) for event in found.logs],
        pagination=LogPaginationOut(offset=offset, limit=limit, total=found.total, has_more=more),
    )


@router.get(
    "/{execution_id}/stream",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **UNKNOWN},
    response_class=EventSourceResponse,
    summary="Stream what happens",
)
async def stream_execution(
    services: ServicesDep,
    encoder: EncoderDep,
    admission: AdmissionDep,
    execution_id: str,
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventSourceResponse:
    after = parse_position(last_event_id)
    principal = admission.principal
    await run_in_threadpool(services.executions.get, principal, execution_id)
    return event_stream(encoder, services.executions.follow(principal, execution_id, after, admission))
