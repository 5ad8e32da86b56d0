"""The shapes of people, keys and sessions."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from orchestra.api.schemas import ABSENT, Name, Shape
from orchestra.domain.identity import ApiKey, Permission, Principal, Role, Session, User

Password = Annotated[str, Field(min_length=10, max_length=1000)]
RoleIn = Annotated[Role, Field(strict=False)]
Scopes = list[Annotated[Permission, Field(strict=False)]]


class KeyOut(Shape):
    id: str
    user_id: str
    name: str
    hint: str
    scopes: list[Permission] = ABSENT
    created_at: datetime
    expires_at: datetime = ABSENT
    last_used_at: datetime = ABSENT

    @classmethod
    def of_key(cls, key: ApiKey, secret: str | None = None) -> "KeyOut":
        more = {} if secret is None else {"key": secret}
        return cls.of(
            id=key.id,
            user_id=key.user_id,
            name=key.name,
            hint=key.hint,
            scopes=None if key.scopes is None else sorted(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            **more,
        )


class NewKeyOut(KeyOut):
    key: str


class KeysOut(Shape):
    keys: list[KeyOut]


class CreateKeyIn(Shape):
    name: Name
    scopes: Scopes = ABSENT
    expires_at: Annotated[AwareDatetime, Field(strict=False)] = ABSENT
    user_id: str = ABSENT


class UserOut(Shape):
    id: str
    name: str
    role: Role
    is_active: bool
    has_password: bool
    created_at: datetime

    @classmethod
    def of_user(cls, user: User, link: str | None = None) -> "UserOut":
        more = {} if link is None else {"link": f"/link?token={link}"}
        return cls.of(
            id=user.id,
            name=user.name,
            role=user.role,
            is_active=user.is_active,
            has_password=user.password_hash is not None,
            created_at=user.created_at,
            **more,
        )


class NewUserOut(UserOut):
    link: str = ABSENT


class UsersOut(Shape):
    users: list[UserOut]


class LinkOut(Shape):
    link: str


class CreateUserIn(Shape):
    name: Name
    role: RoleIn
    password: Password = ABSENT


class UpdateUserIn(Shape):
    name: Name = ABSENT
    role: RoleIn = ABSENT
    is_active: bool = ABSENT
    password: Password | None = None


class MeOut(UserOut):
    permissions: list[Permission]
    key_id: str = ABSENT

    @staticmethod
    def of_principal(user: User, principal: Principal) -> "MeOut":
        return MeOut.of(
            **UserOut.of_user(user).model_dump(),
            permissions=[permission for permission in Permission if principal.may(permission)],
            key_id=principal.key_id,
        )


class ChangeMeIn(Shape):
    current_password: Annotated[str, Field(max_length=1000)] = ABSENT
    new_password: Password


class SessionOut(Shape):
    id: str
    created_at: datetime
    expires_at: datetime
    is_current: bool

    @staticmethod
    def of_session(session: Session, current: str | None) -> "SessionOut":
        return SessionOut(
            id=session.id,
            created_at=session.created_at,
            expires_at=session.expires_at,
            is_current=session.hash == current,
        )


class SessionsOut(Shape):
    sessions: list[SessionOut]


class SignInIn(Shape):
    name: Annotated[str, Field(max_length=1000)]
    password: Annotated[str, Field(max_length=1000)]


class SignedInOut(Shape):
    message: str
    expires_at: datetime
