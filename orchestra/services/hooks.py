"""What a person can do with inbound hooks, and what a call of one does."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

from orchestra.domain.executions import Execution, Trigger
from orchestra.domain.hooks import InboundHook, new_token
from orchestra.domain.identity import Permission, Principal, hash_secret
from orchestra.domain.pages import Page
from orchestra.domain.signing import is_signing_secret, new_signing_secret, verify
from orchestra.domain.text import is_storable
from orchestra.errors import Conflict, Fault, Invalid, NotFound
from orchestra.services.agent_fields import faults_of_fields
from orchestra.services.executions import ExecutionService
from orchestra.services.frameworks import FrameworkService
from orchestra.services.starting import StartRequest, accept, check_request
from orchestra.vault import Vault
from orchestra_storage.unit import Storage, Unit

_MESSAGE_ID_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class HookDraft:
    """A hook as somebody wants it; a signed one gets a secret unless one is given."""

    agent_id: str
    name: str
    signed: bool = False
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class MadeHook:
    """A new hook with what is shown only now."""

    hook: InboundHook
    token: str
    secret: str | None


class HookChanges(TypedDict, total=False):
    """The fields of a hook to be changed."""

    name: str
    is_active: bool


class HookService:
    def __init__(
        self, storage: Storage, vault: Vault, frameworks: FrameworkService, executions: ExecutionService
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._frameworks = frameworks
        self._executions = executions

    def list(self, principal: Principal, *, page: int = 1, limit: int = 20) -> Page[InboundHook]:
        """A page of the hooks that the person sees, the newest first."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.hooks.page(principal.visible_owner, page=page, limit=limit)

    def get(self, principal: Principal, hook_id: str) -> InboundHook:
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return _find(unit, principal, hook_id)

    def create(self, principal: Principal, draft: HookDraft) -> MadeHook:
        """Make an address that starts the agent; its token, and the secret of a signed one, are not shown again."""
        principal.require(Permission.WRITE)
        faults = faults_of_fields({"name": draft.name})
        if draft.secret is not None and not is_signing_secret(draft.secret):
            faults.append(Fault("/secret", "A secret is whsec_ and the Base64 of 24 to 64 bytes."))
        if faults:
            raise Invalid(f"The hook cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)
        token, secret = new_token(), draft.secret
        if draft.signed and secret is None:
            secret = new_signing_secret()
        with self._storage.write() as unit:
            agent = unit.agents.get_visible(principal.visible_owner, draft.agent_id)
            if agent is None:
                raise NotFound("agent", draft.agent_id)
            hook = InboundHook(
                id=uuid.uuid4().hex,
                owner_id=agent.owner_id,
                agent_id=agent.id,
                agent_name=agent.name,
                name=draft.name,
                token_hash=hash_secret(token),
                created_at=datetime.now(UTC),
                sealed_secret=None if secret is None else self._vault.seal(secret),
            )
            unit.hooks.add(hook)
        return MadeHook(hook, token, secret)

    def update(self, principal: Principal, hook_id: str, changes: HookChanges) -> InboundHook:
        """Change the fields that are named."""
        principal.require(Permission.WRITE)
        if faults := faults_of_fields(changes):
            raise Invalid(f"The hook cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)
        with self._storage.write() as unit:
            _find(unit, principal, hook_id)
            unit.hooks.update(hook_id, changes)
            return _find(unit, principal, hook_id)

    def delete(self, principal: Principal, hook_id: str) -> None:
        """Its address is worth nothing from now on."""
        principal.require(Permission.WRITE)
        with self._storage.write() as unit:
            _find(unit, principal, hook_id)
            unit.hooks.remove(hook_id)

    def call(self, token: str, headers: Mapping[str, str], body: bytes) -> tuple[Execution, bool]:
        """Start the agent behind a token with the body as input; the same execution for the same `webhook-id`.

        Also whether it was started before. Nobody is signed in here: the token, and the signature if the hook wants
        one, are all that is asked for. `headers` are in lower case.
        """
        with self._storage.read() as unit:
            hook = unit.hooks.by_token(hash_secret(token))
        if hook is None or not hook.is_active:
            raise NotFound("hook", "with this token")
        if hook.sealed_secret is not None:
            verify(self._vault.unseal(hook.sealed_secret), headers, body, time.time())
        message_id = _message_id_of(headers)
        request = StartRequest(hook.agent_id, input=_input_of(body), trigger=Trigger.WEBHOOK)
        check_request(request)
        with self._storage.write() as unit:
            if message_id is not None and (known := unit.hooks.execution_for(hook.id, message_id)):
                execution = unit.executions.get(known)
                if execution is None:
                    raise Conflict("This message was received before, and what it started was deleted.")
                return execution, True
            execution = self._start(unit, hook, request)
            if message_id is not None:
                unit.hooks.remember(hook.id, message_id, execution.id, execution.created_at)
            unit.hooks.update(hook.id, {"last_used_at": execution.created_at})
        self._executions.started(execution)
        return execution, False

    def _start(self, unit: Unit, hook: InboundHook, request: StartRequest) -> Execution:
        agent, owner = unit.agents.get(hook.agent_id), unit.users.get(hook.owner_id)
        if agent is None or owner is None or not owner.is_active:
            raise NotFound("hook", "with this token")
        return accept(unit, self._frameworks, agent, request)


def _find(unit: Unit, principal: Principal, hook_id: str) -> InboundHook:
    hook = unit.hooks.get_visible(principal.visible_owner, hook_id)
    if hook is None:
        raise NotFound("hook", hook_id)
    return hook


def _message_id_of(headers: Mapping[str, str]) -> str | None:
    message_id = headers.get("webhook-id")
    if message_id is None:
        return None
    if not (0 < len(message_id) <= _MESSAGE_ID_CHARACTERS and is_storable(message_id)):
        message = f"A webhook-id has 1 to {_MESSAGE_ID_CHARACTERS} characters."
        raise Invalid(message, [Fault("/webhook-id", message)])
    return message_id


def _input_of(body: bytes) -> dict[str, Any]:
    """A JSON object as it is; any other JSON, or text, under `body`."""
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = body.decode("utf-8", "replace")
    return parsed if isinstance(parsed, dict) else {"body": parsed}
