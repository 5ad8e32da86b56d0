"""What owners can do with people, and everybody with their own account."""

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict

from orchestra.domain.identity import Permission, Principal, Role, Session, User
from orchestra.domain.text import is_storable
from orchestra.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from orchestra.services.agents import AgentService
from orchestra.services.deletions import Deletions
from orchestra.services.identity import IdentityService
from orchestra.services.passwords import hash_password, is_password
from orchestra_storage.unit import Storage, Unit

_NAME_CHARACTERS = 100
_AGENTS_AT_ONCE = 100


class UserChanges(TypedDict, total=False):
    """What an owner may change of a person; a password of None takes the old one away."""

    name: str
    role: Role
    is_active: bool
    password: str | None


class PeopleService:
    def __init__(self, storage: Storage, identity: IdentityService, agents: AgentService, deletions: Deletions) -> None:
        self._storage = storage
        self._identity = identity
        self._agents = agents
        self._deletions = deletions

    def list(self, principal: Principal) -> Sequence[User]:
        _require_owner(principal)
        with self._storage.read() as unit:
            return unit.users.list()

    def get(self, principal: Principal, user_id: str) -> User:
        _require_owner(principal)
        return self._get(user_id)

    def create(
        self, principal: Principal, name: str, role: Role, password: str | None = None
    ) -> tuple[User, str | None]:
        """A new person; without a password, also a token that signs them in once, within a day."""
        _require_owner(principal)
        hashed = hash_password(password) if password is not None else None
        user = User(uuid.uuid4().hex, _name(name), role, datetime.now(UTC), password_hash=hashed)
        with self._storage.write() as unit:
            _refuse_taken(unit, user)
            unit.users.add(user)
        return user, None if hashed else self._identity.new_invitation(user)

    def invite(self, principal: Principal, user_id: str) -> str:
        """A token that signs the person in once, within a day."""
        return self._identity.new_invitation(self.get(principal, user_id))

    def update(self, principal: Principal, user_id: str, changes: UserChanges) -> User:
        """Change what is named; it counts at once, and who is switched off is signed out everywhere."""
        current = self.get(principal, user_id)
        changed = dataclasses.replace(
            current,
            name=_name(changes.get("name", current.name)),
            role=changes.get("role", current.role),
            is_active=changes.get("is_active", current.is_active),
        )
        if "password" in changes:
            password = changes["password"]
            changed = dataclasses.replace(changed, password_hash=hash_password(password) if password else None)
        with self._storage.write() as unit:
            _refuse_taken(unit, changed)
            if changed.role is not Role.OWNER or not changed.is_active:
                _keep_an_owner(unit, user_id)
            unit.users.update(changed)
            if not changed.is_active or "password" in changes:
                unit.sessions.remove_of_user(user_id)
        self._identity.tell_ended()
        return changed

    def delete(self, principal: Principal, user_id: str) -> None:
        """Delete a person and all that is theirs; what runs of theirs is cancelled."""
        user = self.get(principal, user_id)
        self.update(principal, user_id, {"is_active": False})  # from now on they make nothing new
        owner = Principal(user.id, user.name, Role.MEMBER)
        while theirs := self._agents.list(owner, limit=_AGENTS_AT_ONCE).items:
            for agent in theirs:
                self._agents.delete(owner, agent.id)
        if not self._deletions.wait_for_all_of(user_id):
            raise Conflict(f"Executions of '{user.name}' are still being stopped. Try again soon.")
        with self._storage.write() as unit:
            unit.users.remove(user_id)

    def me(self, principal: Principal) -> User:
        principal.require(Permission.READ)
        return self._get(principal.user_id)

    def change_password(self, principal: Principal, current: str | None, new: str, session: str | None = None) -> None:
        """Everybody may; the other sessions of the person end. Forbidden if the current password is another."""
        user = self._get(principal.user_id)
        if principal.scopes is not None:
            raise Forbidden("A key with scopes cannot change the password. Sign in, and change it there.")
        if user.password_hash is not None and not is_password(current or "", user.password_hash):
            raise Forbidden("The current password is another one. Ask an owner for a link if you have forgotten it.")
        hashed = hash_password(new, "/newPassword")
        with self._storage.write() as unit:
            unit.users.update(dataclasses.replace(user, password_hash=hashed))
            unit.sessions.remove_of_user(user.id, but=session)
        self._identity.tell_ended()

    def sessions(self, principal: Principal) -> Sequence[Session]:
        """The browsers in which the person is signed in."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.sessions.list(principal.user_id, datetime.now(UTC))

    def end_session(self, principal: Principal, session_id: str) -> None:
        """Sign the person out in one browser; everybody may."""
        for session in self.sessions(principal):
            if session.id == session_id:
                with self._storage.write() as unit:
                    unit.sessions.remove(session.hash)
                self._identity.tell_ended()
                return
        raise NotFound("session", session_id)

    def _get(self, user_id: str) -> User:
        with self._storage.read() as unit:
            user = unit.users.get(user_id)
        if user is None:
            raise NotFound("user", user_id)
        return user


def _require_owner(principal: Principal) -> None:
    principal.require(Permission.ADMIN)
    if principal.role is not Role.OWNER:
        raise Forbidden("Only owners look after people. Ask one of them.")


def _name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= _NAME_CHARACTERS or not name.isprintable() or not is_storable(name):
        message = f"A name has 1 to {_NAME_CHARACTERS} printable characters."
        raise Invalid(message, [Fault("/name", message)])
    return name


def _refuse_taken(unit: Unit, user: User) -> None:
    other = unit.users.by_name(user.name)
    if other is not None and other.id != user.id:
        raise Conflict(f"Somebody else is called '{user.name}' already. Choose another name.")


def _keep_an_owner(unit: Unit, user_id: str) -> None:
    user = unit.users.get(user_id)
    if user is not None and user.role is Role.OWNER and unit.users.other_active_owners(user_id) == 0:
        raise Conflict("This is the last active owner. Make somebody else an owner first.")
