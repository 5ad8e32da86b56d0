"""The shapes of the REST contract; what is unset is absent, since models are dumped by what was set."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from orchestra.domain.agents import Agent, AgentStatus, AgentVersion
from orchestra.domain.events import Event, LogLevel
from orchestra.domain.executions import (
    DeploymentEnvironment,
    Execution,
    ExecutionStatus,
    FailureClass,
    PastAttempt,
    Trigger,
)
from orchestra.domain.packages import environment_id
from orchestra.domain.pages import Page
from orchestra.domain.priorities import HIGHEST, LOWEST, PriorityWord
from orchestra.domain.questions import Question

ABSENT: Any = None  # the default of a field that may be left out; a null that is sent is refused all the same


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, strict=True)

    @classmethod
    def of(cls, **values: Any) -> Any:
        """The shape with the values that are not None."""
        return cls(**{name: value for name, value in values.items() if value is not None})


class ErrorOut(Shape):
    error: str
    message: str
    details: dict[str, Any]


class MessageOut(Shape):
    message: str


class PaginationOut(Shape):
    page: int
    limit: int
    total: int
    pages: int

    @staticmethod
    def of_page(page: Page[Any]) -> "PaginationOut":
        return PaginationOut(page=page.page, limit=page.limit, total=page.total, pages=page.pages)


class AgentRefOut(Shape):
    id: str
    name: str
    framework: str


class QuestionOut(Shape):
    id: str
    question: str
    choices: list[str] = ABSENT
    answer_schema: Annotated[dict[str, Any], Field(alias="schema")] = ABSENT
    since: datetime
    expires: datetime = ABSENT

    @staticmethod
    def of_question(question: Question) -> "QuestionOut":
        return QuestionOut.of(
            id=question.id,
            question=question.question,
            choices=list(question.choices) or None,
            answer_schema=None if question.schema is None else dict(question.schema),
            since=question.since,
            expires=question.expires,
        )


class ExecutionOut(Shape):
    id: str
    status: ExecutionStatus
    input: dict[str, Any]
    output: dict[str, Any] = ABSENT
    error: str = ABSENT
    reason: str = ABSENT
    failure: FailureClass = ABSENT
    duration: int = ABSENT
    tokens_used: int
    cost: float = ABSENT
    trigger: Trigger
    environment: DeploymentEnvironment
    priority: int
    attempt: int
    next_attempt_at: Annotated[datetime, Field(description="While it waits to be tried again.")] = ABSENT
    agent_version: int = ABSENT
    retry_of: str = ABSENT
    schedule_id: str = ABSENT
    created_at: datetime
    started_at: datetime = ABSENT
    completed_at: datetime = ABSENT
    cancel_requested_at: datetime = ABSENT
    waiting_for: Annotated[list[QuestionOut], Field(description="What the run asks people.")] = ABSENT
    agent: AgentRefOut

    @classmethod
    def of_execution(cls, execution: Execution, **more: Any) -> Any:
        failed = execution.status.is_final and execution.status is not ExecutionStatus.COMPLETED
        return cls.of(
            id=execution.id,
            status=execution.status,
            input=dict(execution.input),
            output=dict(execution.output) if execution.output is not None else None,
            error=execution.reason if failed else None,
            reason=execution.reason,
            failure=execution.failure,
            duration=execution.duration_ms,
            tokens_used=execution.tokens_used,
            cost=execution.cost,
            trigger=execution.trigger,
            environment=execution.environment,
            priority=execution.priority,
            attempt=execution.attempt,
            next_attempt_at=execution.next_attempt_at,
            agent_version=execution.agent_version,
            retry_of=execution.retry_of,
            schedule_id=execution.schedule_id,
            created_at=execution.created_at,
            started_at=execution.started_at,
            completed_at=execution.completed_at,
            cancel_requested_at=execution.cancel_requested_at,
            waiting_for=[QuestionOut.of_question(question) for question in execution.waiting_for] or None,
            agent=AgentRefOut(id=execution.agent_id, name=execution.agent_name, framework=execution.framework),
            **more,
        )


class LogOut(Shape):
    id: str
    level: LogLevel
    message: str
    timestamp: datetime
    metadata: dict[str, Any] = ABSENT

    @staticmethod
    def of_event(event: Event) -> "LogOut":
        return LogOut.of(
            id=event.position,
            level=event.level or LogLevel.INFO,
            message=event.message or "",
            timestamp=datetime.fromtimestamp(event.at, UTC),
            metadata=dict(event.data) or None,
        )


class AttemptOut(Shape):
    number: int
    started_at: datetime = ABSENT
    ended_at: datetime = ABSENT
    failure: FailureClass = ABSENT
    reason: str = ABSENT

    @staticmethod
    def of_past(past: PastAttempt) -> "AttemptOut":
        return AttemptOut.of(
            number=past.number,
            started_at=past.started_at,
            ended_at=past.ended_at,
            failure=past.failure,
            reason=past.reason,
        )

    @staticmethod
    def all_of(execution: Execution, past: Sequence[PastAttempt]) -> list["AttemptOut"]:
        """Those that are over, and the one under way or the last, if it has started."""
        over = [AttemptOut.of_past(one) for one in past]
        if not execution.has_attempt:
            return over
        latest = AttemptOut.of(
            number=execution.attempt,
            started_at=execution.attempt_began,
            ended_at=execution.completed_at,
            failure=execution.failure,
            reason=execution.reason,
        )
        return [*over, latest]


class ExecutionDetailedOut(ExecutionOut):
    configuration: dict[str, Any]
    queue_position: Annotated[int, Field(description="While it waits for a slot: 1 starts next.")] = ABSENT
    attempts: list[AttemptOut]
    logs: list[LogOut]


class ExecutionsOut(Shape):
    executions: list[ExecutionOut]
    pagination: PaginationOut


class LogPaginationOut(Shape):
    offset: int
    limit: int
    total: int
    has_more: bool


class LogsOut(Shape):
    logs: list[LogOut]
    pagination: LogPaginationOut


class AgentOut(Shape):
    id: str
    name: str
    description: str = ABSENT
    framework: str
    needs: Annotated[str, Field(description="What is installed for it: its framework, or that with its packages.")]
    status: AgentStatus
    status_reason: str = ABSENT
    configuration: dict[str, Any]
    tags: list[str]
    is_active: bool
    version: int
    configuration_id: str = ABSENT
    total_executions: int
    successful_executions: int
    avg_execution_time: float = ABSENT
    last_executed_at: datetime = ABSENT
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of_agent(cls, agent: Agent, **more: Any) -> Any:
        return cls.of(
            id=agent.id,
            name=agent.name,
            description=agent.description,
            framework=agent.framework,
            needs=environment_id(agent.framework, agent.configuration),
            status=agent.status,
            status_reason=agent.status_reason,
            configuration=dict(agent.configuration),
            tags=list(agent.tags),
            is_active=agent.is_active,
            version=agent.version,
            configuration_id=agent.configuration_id,
            total_executions=agent.statistics.total,
            successful_executions=agent.statistics.successful,
            avg_execution_time=agent.statistics.average_ms,
            last_executed_at=agent.statistics.last_executed_at,
            created_at=agent.created_at,
            updated_at=agent.updated_at,
            **more,
        )


class CountOut(Shape):
    executions: int


class AgentDetailedOut(AgentOut):
    executions: list[ExecutionOut]
    count: CountOut = Field(alias="_count")


class AgentsOut(Shape):
    agents: list[AgentOut]
    pagination: PaginationOut


class AgentVersionOut(Shape):
    version: int
    configuration: dict[str, Any]
    author_id: str = ABSENT
    created_at: datetime

    @staticmethod
    def of_version(version: AgentVersion) -> "AgentVersionOut":
        return AgentVersionOut.of(
            version=version.version,
            configuration=dict(version.configuration),
            author_id=version.author_id,
            created_at=version.created_at,
        )


class AgentVersionsOut(Shape):
    versions: list[AgentVersionOut]
    pagination: PaginationOut


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("A time lies between the years 1 and 9999, also in UTC.") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class CreateAgentIn(Shape):
    name: Name
    framework: str
    configuration_id: str = ABSENT
    description: str = ABSENT
    configuration: dict[str, Any] = ABSENT
    tags: list[str] = ABSENT
    is_active: bool = True


class UpdateAgentIn(Shape):
    version: Annotated[int, Field(ge=1, description="Refuse the change if the agent's version is another.")] = ABSENT
    name: Name = ABSENT
    description: str = ABSENT
    configuration: dict[str, Any] = ABSENT
    tags: list[str] = ABSENT
    is_active: bool = ABSENT


Priority = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
PriorityField = Annotated[Priority | PriorityWord, Field(description="The more, the sooner it starts; or a word.")]


class StartExecutionIn(Shape):
    agent_id: str
    input: dict[str, Any] = ABSENT
    configuration: dict[str, Any] = ABSENT
    environment: Annotated[DeploymentEnvironment, Field(strict=False)] = DeploymentEnvironment.DEVELOPMENT
    trigger: Annotated[Trigger, Field(strict=False)] = Trigger.MANUAL
    priority: PriorityField = 0


class StartedOut(Shape):
    execution_id: str
    status: str
    message: str


class HealthCheckOut(Shape):
    status: str
    response_time: float = ABSENT
    message: str
    details: dict[str, Any] = ABSENT


class HealthOut(Shape):
    status: str
    timestamp: datetime
    version: str
    uptime: int
    checks: dict[str, HealthCheckOut]
    metrics: dict[str, Any]
