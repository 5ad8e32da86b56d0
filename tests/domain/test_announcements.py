"""What webhooks are told."""

from datetime import UTC, datetime

from orchestra.domain.announcements import facts_of_execution
from orchestra.domain.executions import (
    LAST_LINES,
    DeploymentEnvironment,
    Execution,
    ExecutionStatus,
    Trigger,
)


def test_what_a_worker_printed_last_is_not_told() -> None:
    execution = Execution(
        number=1,
        id="e",
        owner_id="u",
        agent_id="a",
        agent_name="Agent",
        framework="probe",
        status=ExecutionStatus.FAILED,
        input={},
        configuration={},
        trigger=Trigger.MANUAL,
        environment=DeploymentEnvironment.DEVELOPMENT,
        created_at=datetime(2026, 11, 24, tzinfo=UTC),
        reason=f"The worker was killed.{LAST_LINES}\npassword: hunter2",
    )
    assert facts_of_execution(execution)["execution"]["reason"] == "The worker was killed."
