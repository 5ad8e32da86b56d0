"""Who somebody is, by key, session or one-time link, and the keys that they make."""

import contextlib
import secrets
import threading
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from orchestra.bus import Bus, session_topic
from orchestra.domain.identity import ApiKey, Principal, Role, Session, User, hash_secret, new_secret
from orchestra.domain.text import is_storable
from orchestra.errors import Fault, Invalid, NotFound, OrchestraError, Unauthenticated
from orchestra_storage.unit import Storage

_LINK_SECONDS = 600
_TOUCH_EVERY = timedelta(minutes=1)
_NAME_CHARACTERS = 100


class IdentityService:
    def __init__(self, storage: Storage, bus: Bus, session_days: int) -> None:
        self._storage = storage
        self._bus = bus
        self._session_life = timedelta(days=session_days)
        self._links: dict[str, tuple[Principal, float]] = {}
        self._own_keys: dict[str, Principal] = {}
        self._lock = threading.Lock()

    def local_owner(self) -> tuple[Principal, bool]:
        """The person whose machine this is, and whether this is the first start, which makes them."""
        with self._storage.write() as unit:
            owner = unit.users.owner()
            if owner is not None:
                return _principal(owner), False
            owner = User(uuid.uuid4().hex, "owner", Role.OWNER, datetime.now(UTC))
            unit.users.add(owner)
        return _principal(owner), True

    def by_key(self, secret: str) -> Principal:
        """Whose key this is; Unauthenticated if it is nobody's."""
        return self._holder(secret)[0]

    def _holder(self, secret: str) -> tuple[Principal, str | None]:
        hashed = hash_secret(secret)
        if own := self._own_keys.get(hashed):
            return own, None
        with self._storage.read() as unit:
            found = unit.keys.by_hash(hashed)
        if found is None:
            raise Unauthenticated
        key, user = found
        now = datetime.now(UTC)
        if not user.is_active or (key.expires_at is not None and key.expires_at <= now):
            raise Unauthenticated
        self._touch(key)
        return Principal(user.id, user.name, user.role, key.scopes, key.id), key.id

    def by_session(self, cookie: str) -> Principal:
        """Whose session this is; Unauthenticated if it is nobody's, or over."""
        with self._storage.read() as unit:
            found = unit.sessions.by_hash(hash_secret(cookie), datetime.now(UTC))
        if found is None:
            raise Unauthenticated
        return _principal(found[1])

    def sign_in_by_key(self, secret: str) -> tuple[str, Session]:
        """A new session that ends with the key; Unauthenticated if the key is nobody's."""
        principal, key_id = self._holder(secret)
        return self.sign_in(principal, key_id)

    def sign_in(self, principal: Principal, key_id: str | None = None) -> tuple[str, Session]:
        """A new session: the cookie's value, to be shown once, and what is kept of it."""
        now = datetime.now(UTC)
        cookie = secrets.token_urlsafe(32)
        session = Session(hash_secret(cookie), principal.user_id, now, now + self._session_life, key_id)
        with self._storage.write() as unit:
            unit.sessions.remove_expired(now)
            unit.sessions.add(session)
        return cookie, session

    def sign_out(self, cookie: str) -> None:
        """The session is worth nothing from now on, and pages that are open under it are told."""
        session = hash_secret(cookie)
        with self._storage.write() as unit:
            unit.sessions.remove(session)
        self._bus.publish(session_topic(session), True)

    def new_link_token(self, principal: Principal) -> str:
        """A token that signs in once, within ten minutes."""
        token = secrets.token_urlsafe(24)
        now = time.monotonic()
        with self._lock:
            self._links = {hashed: link for hashed, link in self._links.items() if link[1] > now}
            self._links[hash_secret(token)] = (principal, now + _LINK_SECONDS)
        return token

    def redeem_link(self, token: str) -> Principal:
        """Who the one-time token signs in; Unauthenticated if it is unknown, used or too old."""
        with self._lock:
            principal, expires = self._links.pop(hash_secret(token), (None, 0.0))
        if principal is None or expires < time.monotonic():
            raise Unauthenticated("This link was used already, or is too old. Run 'orchestra' again for a new one.")
        return principal

    def new_own_key(self, principal: Principal) -> str:
        """A key that lives as long as this server, for the command line on the same machine."""
        secret = new_secret()
        self._own_keys[hash_secret(secret)] = principal
        return secret

    def create_key(self, principal: Principal, name: str) -> tuple[str, ApiKey]:
        """A new key: the secret, to be shown once, and what is kept of it."""
        if not 0 < len(name.strip()) <= _NAME_CHARACTERS or not is_storable(name):
            message = f"A key's name has 1 to {_NAME_CHARACTERS} characters."
            raise Invalid(message, [Fault("/name", message)])
        secret = new_secret()
        key = ApiKey(
            id=uuid.uuid4().hex,
            user_id=principal.user_id,
            name=name,
            hash=hash_secret(secret),
            hint=secret[:7],
            created_at=datetime.now(UTC),
        )
        with self._storage.write() as unit:
            unit.keys.add(key)
        return secret, key

    def keys(self, principal: Principal) -> Sequence[ApiKey]:
        with self._storage.read() as unit:
            return unit.keys.list(principal.user_id)

    def revoke_key(self, principal: Principal, key_id: str) -> None:
        """The key is worth nothing from now on, nor are the sessions that were opened with it."""
        with self._storage.write() as unit:
            removed = unit.keys.remove(principal.user_id, key_id)
        if not removed:
            raise NotFound("key", key_id)

    def _touch(self, key: ApiKey) -> None:
        now = datetime.now(UTC)
        if key.last_used_at is None or now - key.last_used_at > _TOUCH_EVERY:
            # A database that cannot be written must not keep people from reading.
            with contextlib.suppress(OrchestraError), self._storage.write() as unit:
                unit.keys.touch(key.id, now)


def _principal(user: User) -> Principal:
    return Principal(user.id, user.name, user.role)
