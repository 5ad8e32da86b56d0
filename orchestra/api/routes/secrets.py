"""/secrets"""

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import UNAVAILABLE
from orchestra.api.routing import router_for
from orchestra.api.schemas_providers import RotationOut

router = router_for("System", "/secrets")


@router.post("/rotate", responses=UNAVAILABLE, summary="Encrypt every stored secret with a new key")
def rotate_secrets(services: ServicesDep, principal: PrincipalDep) -> RotationOut:
    rotation = services.secrets.rotate(principal)
    message = f"{rotation.secrets} secrets are encrypted anew. The key is in {rotation.place}."
    return RotationOut(message=message, secrets=rotation.secrets)
