"""Lets people in by key or session, and tells why one is not valid any more."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orchestra.domain.identity import (
    OWN_KEY,
    Admission,
    ApiKey,
    Credential,
    Ending,
    Principal,
    Proof,
    User,
    hash_secret,
    new_secret,
)
from orchestra.errors import OrchestraError, Unauthenticated
from orchestra.services.remembered import Remembered
from orchestra_storage.unit import Storage, Unit

_TOUCH_EVERY = timedelta(minutes=1)
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    admission: Admission
    key: ApiKey | None  # whose last use is noted

    def is_good(self, now: datetime) -> bool:
        """Whether it needs no look at the database: it has not expired, and no use of it is to be noted."""
        expires_at = self.admission.expires_at
        return (expires_at is None or expires_at > now) and (self.key is None or not _is_touch_due(self.key, now))


class Admissions:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._own_keys: dict[str, str] = {}
        self._known: Remembered[Credential, _Known] = Remembered(storage.people_stamp, _MOST_REMEMBERED)

    def new_own_key(self, principal: Principal) -> str:
        """A key that lives as long as this server, for the command line on the same machine."""
        secret = new_secret()
        self._own_keys[hash_secret(secret)] = principal.user_id
        return secret

    def at_once(self, credential: Credential) -> Admission | None:
        """Who this is, if that can be told without waiting; None says nothing, and `admit` must be asked."""
        known = self._known.find(credential)
        return known.admission if known is not None and known.is_good(datetime.now(UTC)) else None

    def admit(self, credential: Credential) -> Admission:
        """Who this is; Unauthenticated if it is nobody's, or over."""
        stamp = self._known.stamp()
        now = datetime.now(UTC)
        with self._storage.read() as unit:
            known = self._by_key(unit, credential) if credential.proof is Proof.KEY else _by_session(unit, credential)
        self._known.keep(stamp, credential, known)
        if credential.proof is Proof.KEY and known.key is not None and _is_touch_due(known.key, now):
            # A database that cannot be written must not keep people from reading.
            with contextlib.suppress(OrchestraError), self._storage.write() as unit:
                unit.keys.touch(known.key.id, now)
        return known.admission

    def holder(self, hashed: str) -> tuple[ApiKey | None, User]:
        """The key with that hash, None for the server's own, and whose it is; Unauthenticated if it is not valid."""
        with self._storage.read() as unit:
            return self._holder(unit, hashed)

    def why_over(self, admission: Admission) -> Ending | None:
        """Why it is not valid any more; None while it is."""
        now, principal = datetime.now(UTC), admission.principal
        if admission.expires_at is not None and admission.expires_at <= now:
            return Ending.EXPIRED
        with self._storage.read() as unit:
            user = unit.users.get(principal.user_id)
            if user is None or not user.is_active:
                return Ending.DEACTIVATED
            if principal.key_id not in {None, OWN_KEY} and unit.keys.get(principal.key_id or "") is None:
                return Ending.REVOKED
            if admission.credential.proof is Proof.SESSION and not _session(unit, admission.credential, now):
                return Ending.SIGNED_OUT
        return Ending.ROLE_CHANGED if user.role is not principal.role else None

    def _by_key(self, unit: Unit, credential: Credential) -> _Known:
        key, user = self._holder(unit, credential.hash)
        if key is None:
            return _Known(Admission(credential, Principal(user.id, user.name, user.role, key_id=OWN_KEY)), None)
        return _Known(Admission(credential, principal_of(user, key), key.expires_at), key)

    def _holder(self, unit: Unit, hashed: str) -> tuple[ApiKey | None, User]:
        if user_id := self._own_keys.get(hashed):
            found = (None, unit.users.get(user_id))
        else:
            found = unit.keys.by_hash(hashed) or (None, None)
        key, user = found
        if user is None or not _is_valid(user, key, datetime.now(UTC)):
            raise Unauthenticated
        return key, user


def principal_of(user: User, key: ApiKey | None = None) -> Principal:
    """The person, with no more rights than the key that was used has."""
    return Principal(user.id, user.name, user.role, key.scopes if key else None, key.id if key else None)


def _by_session(unit: Unit, credential: Credential) -> _Known:
    now = datetime.now(UTC)
    found = unit.sessions.by_hash(credential.hash, now)
    if found is None or not _is_valid(found[1], found[2], now):
        raise Unauthenticated
    session, user, key = found
    ends = session.expires_at if key is None or key.expires_at is None else min(session.expires_at, key.expires_at)
    return _Known(Admission(credential, principal_of(user, key), ends), None)


def _session(unit: Unit, credential: Credential, now: datetime) -> bool:
    return unit.sessions.by_hash(credential.hash, now) is not None


def _is_valid(user: User, key: ApiKey | None, now: datetime) -> bool:
    return user.is_active and (key is None or key.expires_at is None or key.expires_at > now)


def _is_touch_due(key: ApiKey, now: datetime) -> bool:
    return key.last_used_at is None or now - key.last_used_at > _TOUCH_EVERY
