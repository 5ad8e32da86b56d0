"""People, their keys and their sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from orchestra.client.calls import Listing, Request
from orchestra.client.executions import Confirmation
from orchestra.client.fields import ABSENT, Absent, body_of, clearable, path_of
from orchestra.client.groups import D, Group, operation, series

Role = Literal["owner", "member", "viewer"]
Scope = Literal["read", "run", "write", "admin"]


class Key(TypedDict):
    """`hint` is how the key begins; without `scopes` it may do what its person may."""

    id: str
    userId: str
    name: str
    hint: str
    scopes: NotRequired[list[Scope]]
    createdAt: str
    expiresAt: NotRequired[str]
    lastUsedAt: NotRequired[str]


class NewKey(Key):
    """`key` is the key itself, shown only now."""

    key: str


class User(TypedDict):
    id: str
    name: str
    role: Role
    isActive: bool
    hasPassword: bool
    createdAt: str


class NewUser(User):
    """`link` signs a person without a password in, once."""

    link: NotRequired[str]


class Link(TypedDict):
    link: str


class Me(User):
    permissions: list[Scope]
    keyId: NotRequired[str]


class Session(TypedDict):
    id: str
    createdAt: str
    expiresAt: str
    isCurrent: bool


class Keys(Group[D]):
    @series
    def list(self, *, user_id: str | None = None) -> Listing[Key]:
        """My keys, or, for owners, somebody else's; the keys themselves are not kept."""
        return Listing(Request("GET", path_of("keys"), {"userId": user_id}), "keys")

    @operation
    def create(
        self,
        name: str,
        *,
        scopes: Sequence[Scope] | None = None,
        expires_at: str | datetime | None = None,
        user_id: str | None = None,
    ) -> Request[NewKey]:
        """Make a key; a time without an offset is refused."""
        body = body_of(name=name, scopes=scopes, expires_at=expires_at, user_id=user_id)
        return Request("POST", path_of("keys"), body=body)

    @operation
    def get(self, key_id: str) -> Request[Key]:
        """The key, without the key itself."""
        return Request("GET", path_of("keys", key_id))

    @operation
    def revoke(self, key_id: str) -> Request[Confirmation]:
        """Make it worth nothing, at once."""
        return Request("DELETE", path_of("keys", key_id))


class Users(Group[D]):
    @series
    def list(self) -> Listing[User]:
        """All people."""
        return Listing(Request("GET", path_of("users")), "users")

    @operation
    def create(self, name: str, role: Role, *, password: str | None = None) -> Request[NewUser]:
        """Add a person; one without a password gets a link."""
        return Request("POST", path_of("users"), body=body_of(name=name, role=role, password=password))

    @operation
    def get(self, user_id: str) -> Request[User]:
        """The person."""
        return Request("GET", path_of("users", user_id))

    @operation
    def update(
        self,
        user_id: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        is_active: bool | None = None,
        password: str | Absent | None = ABSENT,
    ) -> Request[User]:
        """Change what is given; None takes the password away."""
        body = body_of(name=name, role=role, is_active=is_active) | clearable(password=password)
        return Request("PUT", path_of("users", user_id), body=body)

    @operation
    def delete(self, user_id: str) -> Request[Confirmation]:
        """Delete the person and all that is theirs."""
        return Request("DELETE", path_of("users", user_id))

    @operation
    def invite(self, user_id: str) -> Request[Link]:
        """A link that signs the person in once, within a day."""
        return Request("POST", path_of("users", user_id, "link"))


class Myself(Group[D]):
    @operation
    def get(self) -> Request[Me]:
        """Who I am, and what I may do."""
        return Request("GET", path_of("me"))

    @operation
    def change_password(self, new_password: str, *, current_password: str | None = None) -> Request[Confirmation]:
        """Change my password; my other sessions end."""
        body = body_of(new_password=new_password, current_password=current_password)
        return Request("PUT", path_of("me"), body=body)

    @series
    def sessions(self) -> Listing[Session]:
        """In which browsers I am signed in."""
        return Listing(Request("GET", path_of("me", "sessions")), "sessions")

    @operation
    def end_session(self, session_id: str) -> Request[Confirmation]:
        """Sign me out in one browser."""
        return Request("DELETE", path_of("me", "sessions", session_id))
