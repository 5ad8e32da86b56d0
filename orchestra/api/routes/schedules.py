"""/schedules"""

from typing import Annotated, cast

from fastapi import Query

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut, PaginationOut, StartedOut
from orchestra.api.schemas_schedules import (
    CreateScheduleIn,
    PreviewOut,
    ScheduleOut,
    SchedulesOut,
    TickOut,
    TicksOut,
    TimingIn,
    UpdateScheduleIn,
)
from orchestra.domain.priorities import priority_of
from orchestra.services.schedules import ScheduleChanges, ScheduleDraft

PageNumber = Annotated[int, Query(ge=1, le=1_000_000_000)]
Limit = Annotated[int, Query(ge=1, le=100)]

router = router_for("Schedules", "/schedules")


@router.get("", responses=INVALID, summary="List schedules")
def list_schedules(
    services: ServicesDep,
    principal: PrincipalDep,
    agent_id: Annotated[str | None, Query(alias="agentId")] = None,
    page: PageNumber = 1,
    limit: Limit = 20,
) -> SchedulesOut:
    found = services.schedules.list(principal, agent_id=agent_id, page=page, limit=limit)
    schedules = [ScheduleOut.of_schedule(one) for one in found.items]
    return SchedulesOut(schedules=schedules, pagination=PaginationOut.of_page(found))


@router.post("", status_code=201, responses=INVALID | UNKNOWN, summary="Create a schedule")
def create_schedule(services: ServicesDep, principal: PrincipalDep, body: CreateScheduleIn) -> ScheduleOut:
    draft = ScheduleDraft(
        agent_id=body.agent_id,
        name=body.name,
        timing=body.timing(),
        overlap=body.overlap,
        missed=body.missed,
        missed_limit=body.missed_limit,
        input=body.input or {},
        configuration=body.configuration or {},
        environment=body.environment,
        is_paused=body.is_paused,
        priority=priority_of(body.priority),
    )
    return ScheduleOut.of_schedule(services.schedules.create(principal, draft))


@router.post("/preview", responses=INVALID, summary="Tell the next ten ticks of a timing that is not kept")
def preview_timing(services: ServicesDep, principal: PrincipalDep, body: TimingIn) -> PreviewOut:
    timing = body.timing()
    return PreviewOut.of_ticks(list(services.schedules.preview(principal, timing)), timing)


@router.get("/{schedule_id}", responses=UNKNOWN, summary="Get a schedule")
def get_schedule(services: ServicesDep, principal: PrincipalDep, schedule_id: str) -> ScheduleOut:
    return ScheduleOut.of_schedule(services.schedules.get(principal, schedule_id))


@router.put("/{schedule_id}", responses=INVALID | UNKNOWN, summary="Change a schedule")
def update_schedule(
    services: ServicesDep, principal: PrincipalDep, schedule_id: str, body: UpdateScheduleIn
) -> ScheduleOut:
    current = services.schedules.get(principal, schedule_id)
    changes = cast(ScheduleChanges, body.changes(current.timing))
    return ScheduleOut.of_schedule(services.schedules.update(principal, schedule_id, changes))


@router.delete("/{schedule_id}", responses=UNKNOWN, summary="Delete a schedule")
def delete_schedule(services: ServicesDep, principal: PrincipalDep, schedule_id: str) -> MessageOut:
    services.schedules.delete(principal, schedule_id)
    return MessageOut(message="The schedule was deleted. Executions that it has started stay.")


@router.post("/{schedule_id}/pause", responses=UNKNOWN, summary="Keep a schedule from firing")
def pause_schedule(services: ServicesDep, principal: PrincipalDep, schedule_id: str) -> ScheduleOut:
    return ScheduleOut.of_schedule(services.schedules.update(principal, schedule_id, {"is_paused": True}))


@router.post("/{schedule_id}/resume", responses=UNKNOWN, summary="Let a schedule fire again, from now on")
def resume_schedule(services: ServicesDep, principal: PrincipalDep, schedule_id: str) -> ScheduleOut:
    return ScheduleOut.of_schedule(services.schedules.update(principal, schedule_id, {"is_paused": False}))


@router.post(
    "/{schedule_id}/run", status_code=201, responses=INVALID | UNKNOWN | CONFLICT, summary="Start its agent now"
)
def run_schedule(services: ServicesDep, principal: PrincipalDep, schedule_id: str) -> StartedOut:
    execution = services.schedules.run_now(principal, schedule_id)
    return StartedOut(execution_id=execution.id, status="started", message="The execution was accepted.")


@router.get("/{schedule_id}/preview", responses=INVALID | UNKNOWN, summary="Tell its next ticks")
def preview_schedule(
    services: ServicesDep,
    principal: PrincipalDep,
    schedule_id: str,
    count: Annotated[int, Query(ge=1, le=100)] = 10,
) -> PreviewOut:
    timing = services.schedules.get(principal, schedule_id).timing
    return PreviewOut.of_ticks(list(services.schedules.preview_of(principal, schedule_id, count)), timing)


@router.get("/{schedule_id}/ticks", responses=INVALID | UNKNOWN, summary="List what became of its ticks")
def list_ticks(
    services: ServicesDep, principal: PrincipalDep, schedule_id: str, page: PageNumber = 1, limit: Limit = 20
) -> TicksOut:
    found = services.schedules.ticks(principal, schedule_id, page=page, limit=limit)
    return TicksOut(ticks=[TickOut.of_tick(tick) for tick in found.items], pagination=PaginationOut.of_page(found))
