"""Remembers which executions have ended here, and may not be in the history yet."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from orchestra.domain.executions import Execution
from orchestra_storage.execution_rows import execution_of, joined
from orchestra_storage.schema import executions, unrecorded


class Recording:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self) -> Sequence[Execution]:
        """What has ended and is still to be recorded, oldest first."""
        query = joined().join_from(executions, unrecorded).order_by(executions.c.number)
        return [execution_of(row) for row in self._connection.execute(query)]

    def done(self, numbers: Iterable[int]) -> None:
        """These are in the history now."""
        self._connection.execute(unrecorded.delete().where(unrecorded.c.number.in_(list(numbers))))
