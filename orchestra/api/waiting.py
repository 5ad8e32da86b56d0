"""Keeps a request waiting for the end of its execution, where the client prefers that to asking again (RFC 7240)."""

import re
from typing import Annotated

from fastapi import Header

from orchestra.api.deps import AdmissionDep, ServicesDep

_LONGEST_SECONDS = 60
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\"?\s*(?:[,;]|$)", re.ASCII | re.IGNORECASE)

Prefer = Annotated[
    str | None,
    Header(description=f"`wait=N`: answer once it has ended, or after N seconds, {_LONGEST_SECONDS} at most."),
]


async def until_ended(services: ServicesDep, admission: AdmissionDep, execution_id: str, prefer: Prefer = None) -> None:
    """To depend on: returns when the execution has ended or the time is up; at once for who prefers nothing."""
    if seconds := seconds_of(prefer):
        await services.executions.wait_for_end(admission, execution_id, seconds)


def seconds_of(prefer: str | None) -> int:
    """How many seconds somebody is willing to wait; 0 for who did not say so, or not as the standard has it."""
    found = _WAIT.search(prefer) if prefer else None
    return min(int(found[1]), _LONGEST_SECONDS) if found else 0
