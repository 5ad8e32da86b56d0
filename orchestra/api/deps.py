"""What handlers receive: the services, and the person who asks."""

from typing import Annotated

from fastapi import Depends, Request

from orchestra.api.stream import Encoder
from orchestra.domain.identity import Admission, Principal
from orchestra.errors import Unauthenticated
from orchestra.services import Services


async def _services(request: Request) -> Services:
    return request.app.state.services


async def _principal(request: Request) -> Principal:
    principal = request.scope.get("state", {}).get("principal")
    if principal is None:
        raise Unauthenticated
    return principal


async def _admission(request: Request) -> Admission:
    admission = request.scope.get("state", {}).get("admission")
    if admission is None:
        raise Unauthenticated
    return admission


async def _encoder(request: Request) -> Encoder:
    return request.app.state.encoder


async def _session(request: Request) -> str | None:
    return request.scope.get("state", {}).get("session")


SessionDep = Annotated[str | None, Depends(_session)]
EncoderDep = Annotated[Encoder, Depends(_encoder)]
ServicesDep = Annotated[Services, Depends(_services)]
AdmissionDep = Annotated[Admission, Depends(_admission)]
PrincipalDep = Annotated[Principal, Depends(_principal)]
