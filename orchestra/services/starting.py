"""Accepts executions: whoever wants one, a person, a schedule or a hook, gets it by this way."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from orchestra.domain.agents import Agent, AgentStatus
from orchestra.domain.executions import DeploymentEnvironment, Execution, Trigger
from orchestra.domain.text import is_storable, unstorable
from orchestra.errors import AgentInactive, AgentStopped, Fault, IdempotencyConflict, Invalid
from orchestra.services.configuration import check, with_defaults
from orchestra.services.frameworks import FrameworkService
from orchestra_storage.executions import NewExecution
from orchestra_storage.idempotency import Answered
from orchestra_storage.unit import Unit

_KEY_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What to run; `configuration` replaces single fields of the agent's for this run only."""

    agent_id: str
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    environment: DeploymentEnvironment = DeploymentEnvironment.DEVELOPMENT
    trigger: Trigger = Trigger.MANUAL
    retry_of: str | None = None
    schedule_id: str | None = None
    agent_version: int | None = None  # the one that `configuration` is of; today's if there is none
    priority: int = 0
    is_whole: bool = False  # `configuration` is all there is: nothing of the agent's is added
    installs: bool = False  # if its framework is not installed, it is, and the execution waits for that


def check_request(request: StartRequest) -> None:
    """Invalid if the request holds what cannot be kept; to be asked before a transaction begins."""
    faults = [*unstorable(request.input, "/input"), *unstorable(request.configuration, "/configuration")]
    if faults:
        raise Invalid(faults[0].message, faults)


def accept(
    unit: Unit, frameworks: FrameworkService, agent: Agent, request: StartRequest, key_id: str | None = None
) -> Execution:
    """The execution, PENDING once the transaction is through; a sentence as an error if the agent cannot start.

    `key_id` is the API key that it was asked for with.
    """
    if not agent.is_active:
        raise AgentInactive(f"'{agent.name}' is switched off. Switch it on to start it.")
    if agent.hold is AgentStatus.STOPPED:
        raise AgentStopped(f"'{agent.name}' is stopped, so nothing of it starts. Start the agent first.")
    framework = frameworks.get(agent.framework)
    base = {} if request.is_whole else agent.configuration
    configuration = {**base, **request.configuration}
    check(framework, configuration)
    frameworks.prepare(unit, framework, configuration, agent.configuration, installs=request.installs)
    new = NewExecution(
        id=uuid.uuid4().hex,
        owner_id=agent.owner_id,
        agent_id=agent.id,
        input=dict(request.input),
        configuration=with_defaults(framework, configuration),
        trigger=request.trigger,
        environment=request.environment,
        created_at=datetime.now(UTC),
        agent_version=request.agent_version or agent.version,
        retry_of=request.retry_of,
        schedule_id=request.schedule_id,
        priority=request.priority,
        key_id=key_id,
    )
    return unit.executions.add(new)


def fingerprint_of(request: StartRequest) -> str:
    """The same for the same request, however its JSON was written."""
    parts = [request.agent_id, request.input, request.configuration, request.environment, request.trigger]
    if request.priority:
        parts.append(request.priority)
    canonical = json.dumps([*parts, request.retry_of], sort_keys=True)  # orjson knows no integers beyond 64 bits
    return hashlib.sha256(canonical.encode()).hexdigest()


def check_key(key: str) -> None:
    """Invalid unless it can be an idempotency key."""
    if not (0 < len(key) <= _KEY_CHARACTERS and key.isprintable() and is_storable(key)):
        message = f"An Idempotency-Key has 1 to {_KEY_CHARACTERS} printable characters."
        raise Invalid(message, [Fault("/Idempotency-Key", message)])


def started_before(unit: Unit, user_id: str, key: str, fingerprint: str) -> Execution | None:
    """The execution that this key has started; IdempotencyConflict if it came with another request."""
    answered = unit.idempotency.find(user_id, key)
    if answered is None:
        return None
    if answered.fingerprint != fingerprint:
        raise IdempotencyConflict(
            "This Idempotency-Key was used for another request. Use a new key for each new request."
        )
    return unit.executions.get(answered.execution_id)


def remember(unit: Unit, user_id: str, key: str, fingerprint: str, execution: Execution) -> None:
    unit.idempotency.add(user_id, key, Answered(fingerprint, execution.id), execution.created_at)
