"""Signs people in and out: by key, by password or by one-time link."""

import secrets
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

from orchestra.bus import ADMISSIONS, Bus
from orchestra.domain.identity import ApiKey, Principal, Role, Session, User, hash_secret
from orchestra.errors import Forbidden, Unauthenticated
from orchestra.services.admissions import Admissions, principal_of
from orchestra.services.passwords import is_password
from orchestra_storage.unit import Storage

_LINK_SECONDS = 600
_INVITATION_SECONDS = 86_400


class IdentityService:
    def __init__(self, storage: Storage, bus: Bus, admissions: Admissions, session_days: int) -> None:
        self._storage = storage
        self._admissions = admissions
        self._bus = bus
        self._session_life = timedelta(days=session_days)
        self._links: dict[str, tuple[str, float]] = {}
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

    def sign_in_by_key(self, secret: str) -> tuple[str, Session]:
        """A new session that can do no more than the key, and ends with it; Unauthenticated if the key is nobody's."""
        key, user = self._admissions.holder(hash_secret(secret))
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
        """The session is worth nothing from now on, and what is open under it ends."""
        with self._storage.write() as unit:
            unit.sessions.remove(hash_secret(cookie))
        self.tell_ended()

    def tell_ended(self) -> None:
        """Keys or sessions ended, or people were switched off: what is open under them shall end now."""
        self._bus.publish(ADMISSIONS, True)

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
