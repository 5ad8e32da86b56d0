"""/hooks"""

from typing import Annotated, cast

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from orchestra.api.bodies import refuse_packed
from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut, PaginationOut, StartedOut
from orchestra.api.schemas_webhooks import CreateHookIn, HookOut, HooksOut, MadeHookOut, UpdateHookIn
from orchestra.services.hooks import HookChanges, HookDraft

PageNumber = Annotated[int, Query(ge=1, le=1_000_000_000)]
Limit = Annotated[int, Query(ge=1, le=100)]
_BODY = {"content": {"application/json": {"schema": {}}, "text/plain": {"schema": {"type": "string"}}}}

router = router_for("Hooks", "/hooks")


@router.get("", responses=INVALID, summary="List inbound hooks")
def list_hooks(services: ServicesDep, principal: PrincipalDep, page: PageNumber = 1, limit: Limit = 20) -> HooksOut:
    found = services.hooks.list(principal, page=page, limit=limit)
    hooks = [HookOut.of_hook(one) for one in found.items]
    return HooksOut(hooks=hooks, pagination=PaginationOut.of_page(found))


@router.post("", status_code=201, responses=INVALID | UNKNOWN, summary="Create an address that starts an agent")
def create_hook(services: ServicesDep, principal: PrincipalDep, body: CreateHookIn) -> MadeHookOut:
    draft = HookDraft(agent_id=body.agent_id, name=body.name, signed=body.signed, secret=body.secret)
    made = services.hooks.create(principal, draft)
    return MadeHookOut.of_hook(made.hook, token=made.token, secret=made.secret, path=f"/api/hooks/{made.token}")


@router.get("/{hook_id}", responses=UNKNOWN, summary="Get an inbound hook")
def get_hook(services: ServicesDep, principal: PrincipalDep, hook_id: str) -> HookOut:
    return HookOut.of_hook(services.hooks.get(principal, hook_id))


@router.put("/{hook_id}", responses=INVALID | UNKNOWN, summary="Change an inbound hook")
def update_hook(services: ServicesDep, principal: PrincipalDep, hook_id: str, body: UpdateHookIn) -> HookOut:
    changes = cast(HookChanges, {name: getattr(body, name) for name in body.model_fields_set})
    return HookOut.of_hook(services.hooks.update(principal, hook_id, changes))


@router.delete("/{hook_id}", responses=UNKNOWN, summary="Delete an inbound hook")
def delete_hook(services: ServicesDep, principal: PrincipalDep, hook_id: str) -> MessageOut:
    services.hooks.delete(principal, hook_id)
    return MessageOut(message="The hook was deleted. Its address is worth nothing from now on.")


@router.post(
    "/{token}",
    status_code=201,
    responses=INVALID | UNKNOWN | CONFLICT,
    openapi_extra={"requestBody": _BODY, "security": []},
    summary="Start the agent behind a token, with the body as input",
)
async def call_hook(services: ServicesDep, request: Request, token: str, response: Response) -> StartedOut:
    refuse_packed(request.headers)
    body = await request.body()
    execution, before = await run_in_threadpool(services.hooks.call, token, request.headers, body)
    if before:
        response.headers["Idempotency-Replayed"] = "true"
    message = "The execution was accepted before." if before else "The execution was accepted."
    return StartedOut(execution_id=execution.id, status="started", message=message)
