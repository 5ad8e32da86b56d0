"""Who somebody is: by key, by session, by password or by one-time link."""

import contextlib
import secrets
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

from orchestra.bus import Bus, session_topic
from orchestra.domain.identity import OWN_KEY, ApiKey, Principal, Role, Session, User, hash_secret, new_secret
from orchestra.errors import Forbidden, OrchestraError, Unauthenticated
from orchestra.services.passwords import is_password
from orchestra_storage.unit import Storage, Unit

_LINK_SECONDS = 600
_INVITATION_SECONDS = 86_400
_TOUCH_EVERY = timedelta(minutes=1)


class IdentityService:
    def __init__(self, storage: Storage, bus: Bus, session_days: int) -> None:
        self._storage = storage
        self._bus = bus
        self._session_life = timedelta(days=session_days)
        self._links: dict[str, tuple[str, float]] = {}
        self._own_keys: dict[str, str] = {}
        self._lock = threading.Lock()

    def local_owner(self) -> tuple[Principal, bool]:
        """The person whose machine this is, and whether this is the first start, which makes them."""
        with self._storage.write() as unit:
            owner = unit.users.owner()
            if owner is not None:
                return principal_of(owner), False
            owner = User(uuid.uuid4().hex, "owner", Role.OWNER, datetime.now(UTC))
            unit.users.add(owner)
        return principal_of(owner), True

    def by_key(self, secret: str) -> Principal:
        """Whose key this is; Unauthenticated if it is nobody's, or has expired."""
        hashed = hash_secret(secret)
        with self._storage.read() as unit:
            key, user = self._holder(unit, hashed)
        if key is None:
            return Principal(user.id, user.name, user.role, key_id=OWN_KEY)
        self._touch(key)
        return principal_of(user, key)

    def _holder(self, unit: Unit, hashed: str) -> tuple[ApiKey | None, User]:
        if user_id := self._own_keys.get(hashed):
            found = (None, unit.users.get(user_id))
        else:
            found = unit.keys.by_hash(hashed) or (None, None)
        key, user = found
        if user is None or not _is_valid(user, key, datetime.now(UTC)):
            raise Unauthenticated
        return key, user

    def by_session(self, cookie: str) -> Principal:
        """Whose session this is; Unauthenticated if it is nobody's, or over."""
        return self.by_session_hash(hash_secret(cookie))

    def by_session_hash(self, hashed: str) -> Principal:
        now = datetime.now(UTC)
        with self._storage.read() as unit:
            found = unit.sessions.by_hash(hashed, now)
        if found is None or not _is_valid(found[1], found[2], now):
            raise Unauthenticated
        return principal_of(found[1], found[2])

    def sign_in_by_key(self, secret: str) -> tuple[str, Session]:
        """A new session that can do no more than the key, and ends with it; Unauthenticated if the key is nobody's."""
        with self._storage.read() as unit:
            key, user = self._holder(unit, hash_secret(secret))
        return self._open_session(user.id, key)

    def sign_in_by_password(self, name: str, password: str) -> tuple[str, Session]:
        """A new session; Unauthenticated if name and password do not belong together."""
        with self._storage.read() as unit:
            user = unit.users.by_name(name)
        known = is_password(password, user.password_hash if user is not None else None)
        if user is None or not known or not user.is_active:
            raise Unauthenticated("Name and password do not belong together. Check both, or ask an owner for a link.")
        return self._open_session(user.id, None)

    def sign_in(self, principal: Principal) -> tuple[str, Session]:
        """A new session: the cookie's value, to be shown once, and what is kept of it."""
        return self._open_session(principal.user_id, None)

    def _open_session(self, user_id: str, key: ApiKey | None) -> tuple[str, Session]:
        now = datetime.now(UTC)
        cookie = secrets.token_urlsafe(32)
        ends = now + self._session_life
        if key is not None and key.expires_at is not None:
            ends = min(ends, key.expires_at)
        session = Session(hash_secret(cookie), user_id, now, ends, key.id if key is not None else None)
        with self._storage.write() as unit:
            unit.sessions.remove_expired(now)
            unit.sessions.add(session)
        return cookie, session

    def sign_out(self, cookie: str) -> None:
        """The session is worth nothing from now on, and pages that are open under it are told."""
        session = hash_secret(cookie)
        with self._storage.write() as unit:
            unit.sessions.remove(session)
        self.tell_ended(session)

    def tell_ended(self, *sessions: str) -> None:
        """Let the pages know that are open under these sessions, given by hash."""
        for session in sessions:
            self._bus.publish(session_topic(session), True)

    def new_link_token(self, principal: Principal) -> str:
        """A token that signs in once, within ten minutes; Forbidden to a key that may not do all that its owner may."""
        if principal.scopes is not None:
            raise Forbidden("A key with scopes cannot make links that sign in. Use one without.")
        return self._new_token(principal.user_id, _LINK_SECONDS)

    def new_invitation(self, user: User) -> str:
        """A token that signs somebody else in once, within a day, while this server runs."""
        return self._new_token(user.id, _INVITATION_SECONDS)

    def _new_token(self, user_id: str, seconds: float) -> str:
        token = secrets.token_urlsafe(24)
        now = time.monotonic()
        with self._lock:
            self._links = {hashed: link for hashed, link in self._links.items() if link[1] > now}
            self._links[hash_secret(token)] = (user_id, now + seconds)
        return token

    def redeem_link(self, token: str) -> tuple[str, Session]:
        """A new session for whom the one-time token is; Unauthenticated if it is unknown, used or too old."""
        with self._lock:
            user_id, expires = self._links.pop(hash_secret(token), ("", 0.0))
        with self._storage.read() as unit:
            user = unit.users.get(user_id)
        if user is None or not user.is_active or expires < time.monotonic():
            raise Unauthenticated("This link was used already, or is too old. Run 'orchestra' again for a new one.")
        return self._open_session(user.id, None)

    def new_own_key(self, principal: Principal) -> str:
        """A key that lives as long as this server, for the command line on the same machine."""
        secret = new_secret()
        self._own_keys[hash_secret(secret)] = principal.user_id
        return secret

    def _touch(self, key: ApiKey) -> None:
        now = datetime.now(UTC)
        if key.last_used_at is None or now - key.last_used_at > _TOUCH_EVERY:
            # A database that cannot be written must not keep people from reading.
            with contextlib.suppress(OrchestraError), self._storage.write() as unit:
                unit.keys.touch(key.id, now)


def principal_of(user: User, key: ApiKey | None = None) -> Principal:
    """The person, with no more rights than the key that was used has."""
    return Principal(user.id, user.name, user.role, key.scopes if key else None, key.id if key else None)


def _is_valid(user: User, key: ApiKey | None, now: datetime) -> bool:
    return user.is_active and (key is None or key.expires_at is None or key.expires_at > now)
