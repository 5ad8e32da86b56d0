"""Stores attempts that were not the last of their execution, and puts the execution back to be tried again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from orchestra.domain.executions import ExecutionStatus, FailureClass, PastAttempt
from orchestra_storage.announcing import Announcer
from orchestra_storage.schema import agents, attempts, executions


class Attempts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcer = Announcer(connection)

    def repeat(self, number: int, past: PastAttempt, next_at: datetime) -> bool:
        """Ends an attempt alone: its execution is PENDING, and is not claimed before `next_at`.

        False, changing nothing, if that attempt is not the one that runs.
        """
        c = executions.c
        mine = (c.number == number) & (c.attempt == past.number) & (c.status == ExecutionStatus.RUNNING)
        values = {
            "status": ExecutionStatus.PENDING,
            "attempt": past.number + 1,
            "attempt_started_at": None,
            "next_attempt_at": next_at,
            "process_pid": None,
            "process_started": None,
            "waiting_for": None,
        }
        if self._connection.execute(executions.update().where(mine).values(values)).rowcount == 0:
            return False
        ended = {
            "execution_number": number,
            "number": past.number,
            "started_at": past.started_at,
            "ended_at": past.ended_at,
            "failure": past.failure,
            "reason": past.reason,
        }
        self._connection.execute(attempts.insert(), ended)
        agent_id = self._connection.execute(select(c.agent_id).where(c.number == number)).scalar_one()
        with self._announcer.status_of(agent_id, past.ended_at):
            counted = agents.update().where(agents.c.id == agent_id)
            self._connection.execute(counted.values(running_executions=agents.c.running_executions - 1))
        return True

    def of(self, number: int) -> Sequence[PastAttempt]:
        """The execution's attempts that did not end it, in order."""
        mine = select(attempts).where(attempts.c.execution_number == number).order_by(attempts.c.number)
        return [
            PastAttempt(
                number=row.number,
                started_at=row.started_at,
                ended_at=row.ended_at,
                failure=None if row.failure is None else FailureClass(row.failure),
                reason=row.reason,
            )
            for row in self._connection.execute(mine)
        ]
