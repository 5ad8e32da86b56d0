"""What a person can do with API keys."""

import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from orchestra.domain.identity import ApiKey, Permission, Principal, Role, hash_secret, new_secret
from orchestra.domain.text import is_storable
from orchestra.errors import Fault, Forbidden, Invalid, NotFound
from orchestra.services.identity import IdentityService
from orchestra_storage.unit import Storage

_NAME_CHARACTERS = 100


class KeyService:
    def __init__(self, storage: Storage, identity: IdentityService) -> None:
        self._storage = storage
        self._identity = identity

    def create(
        self,
        principal: Principal,
        name: str,
        *,
        scopes: Collection[Permission] | None = None,
        expires_at: datetime | None = None,
        user_id: str | None = None,
    ) -> tuple[str, ApiKey]:
        """A new key, no mightier than whoever makes it: the secret, to be shown once, and what is kept of it.

        Owners may make keys for others. Invalid with the place of each fault.
        """
        principal.require(Permission.ADMIN)
        _check_name(name)
        now = datetime.now(UTC)
        if expires_at is not None and expires_at <= now:
            message = "A key expires in the future, or never."
            raise Invalid(message, [Fault("/expiresAt", message)])
        secret = new_secret()
        key = ApiKey(
            id=uuid.uuid4().hex,
            user_id=self._holder(principal, user_id),
            name=name,
            hash=hash_secret(secret),
            hint=secret[:7],
            created_at=now,
            scopes=_narrowed(principal, scopes),
            expires_at=expires_at,
        )
        with self._storage.write() as unit:
            unit.keys.add(key)
        return secret, key

    def list(self, principal: Principal, user_id: str | None = None) -> Sequence[ApiKey]:
        """The person's keys, the newest first; somebody else's for an owner who asks for them."""
        principal.require(Permission.READ)
        holder = self._holder(principal, user_id)
        with self._storage.read() as unit:
            return unit.keys.list(holder)

    def get(self, principal: Principal, key_id: str) -> ApiKey:
        """One of the person's keys; an owner's to see are all."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            key = unit.keys.get(key_id)
        if key is None or (key.user_id != principal.user_id and principal.role is not Role.OWNER):
            raise NotFound("key", key_id)
        return key

    def revoke(self, principal: Principal, key_id: str) -> None:
        """The key is worth nothing from now on, nor are the sessions that were opened with it."""
        principal.require(Permission.ADMIN)
        key = self.get(principal, key_id)
        with self._storage.write() as unit:
            unit.keys.remove(key.id)
        self._identity.tell_ended()

    def _holder(self, principal: Principal, user_id: str | None) -> str:
        if user_id is None or user_id == principal.user_id:
            return principal.user_id
        if principal.role is not Role.OWNER:
            raise Forbidden("Only owners look after the keys of others.")
        with self._storage.read() as unit:
            if unit.users.get(user_id) is None:
                raise NotFound("user", user_id)
        return user_id


def _check_name(name: str) -> None:
    if not 0 < len(name.strip()) <= _NAME_CHARACTERS or not is_storable(name):
        message = f"A key's name has 1 to {_NAME_CHARACTERS} characters."
        raise Invalid(message, [Fault("/name", message)])


def _narrowed(principal: Principal, scopes: Collection[Permission] | None) -> frozenset[Permission] | None:
    """The scopes wished for; without a wish, those of the key that was used."""
    if scopes is None:
        return principal.scopes
    if not scopes:
        message = "A key has at least one scope; leave them out for a key that may do all that you may."
        raise Invalid(message, [Fault("/scopes", message)])
    if missing := sorted(scope for scope in scopes if not principal.may(scope)):
        raise Forbidden(f"A key cannot have the scope '{missing[0]}', which you lack here yourself.")
    return frozenset(scopes)
