"""/executions/{id}/model-calls"""

from typing import Annotated

from fastapi import Query

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import PaginationOut
from orchestra.api.schemas_money import ModelCallDetailedOut, ModelCallOut, ModelCallsOut, ScriptOut

router = router_for("Executions", "/executions/{execution_id}")


@router.get("/model-calls", responses=INVALID | UNKNOWN, summary="List an execution's model calls")
def list_model_calls(
    services: ServicesDep,
    principal: PrincipalDep,
    execution_id: str,
    page: Annotated[int, Query(ge=1, le=1_000_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ModelCallsOut:
    found = services.model_calls.list(principal, execution_id, page=page, limit=limit)
    calls = [ModelCallOut.of_call(call) for call in found.items]
    return ModelCallsOut(calls=calls, pagination=PaginationOut.of_page(found))


@router.get("/model-calls/{call_id}", responses=UNKNOWN, summary="Get a model call with its prompt and reply")
def get_model_call(
    services: ServicesDep, principal: PrincipalDep, execution_id: str, call_id: str
) -> ModelCallDetailedOut:
    call = services.model_calls.get(principal, execution_id, call_id)
    bodies = {"request": _text(call.record.request), "reply": _text(call.record.reply)} if call.has_bodies else {}
    return ModelCallDetailedOut.of_call(call, **bodies)


@router.get("/script", responses=UNKNOWN | CONFLICT, summary="Get an ended execution's model calls as a script")
def get_script(services: ServicesDep, principal: PrincipalDep, execution_id: str) -> ScriptOut:
    return ScriptOut(script=services.model_calls.record(principal, execution_id))


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
