"""/queue"""

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.routing import router_for
from orchestra.api.schemas_queue import QueueOut

router = router_for("Queue", "/queue")


@router.get("", summary="Tell how the queue stands")
def show_queue(services: ServicesDep, principal: PrincipalDep) -> QueueOut:
    return QueueOut.of_state(services.queue.show(principal))


@router.post("/pause", summary="Start nothing from now on")
def pause_queue(services: ServicesDep, principal: PrincipalDep) -> QueueOut:
    return QueueOut.of_state(services.queue.pause(principal))


@router.post("/resume", summary="Start again what waits")
def resume_queue(services: ServicesDep, principal: PrincipalDep) -> QueueOut:
    return QueueOut.of_state(services.queue.resume(principal))
