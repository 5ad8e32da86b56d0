"""/keys, /users, /me and /sessions"""

from typing import Annotated, cast

from fastapi import Query, Request, Response

from orchestra.api.cookies import SESSION_COOKIE, forget_session_cookie, set_session_cookie
from orchestra.api.deps import PrincipalDep, ServicesDep, SessionDep
from orchestra.api.refusals import CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut
from orchestra.api.schemas_people import (
    ChangeMeIn,
    CreateKeyIn,
    CreateUserIn,
    KeyOut,
    KeysOut,
    LinkOut,
    MeOut,
    NewKeyOut,
    NewUserOut,
    SessionOut,
    SessionsOut,
    SignedInOut,
    SignInIn,
    UpdateUserIn,
    UserOut,
    UsersOut,
)
from orchestra.services.people import UserChanges

router = router_for("People")


@router.get("/keys", responses=UNKNOWN, summary="List API keys")
def list_keys(
    services: ServicesDep,
    principal: PrincipalDep,
    user_id: Annotated[str | None, Query(alias="userId", description="Somebody else's; for owners.")] = None,
) -> KeysOut:
    return KeysOut(keys=[KeyOut.of_key(key) for key in services.keys.list(principal, user_id)])


@router.post("/keys", status_code=201, responses=INVALID | UNKNOWN, summary="Make an API key")
def create_key(services: ServicesDep, principal: PrincipalDep, body: CreateKeyIn) -> NewKeyOut:
    secret, key = services.keys.create(
        principal, body.name, scopes=body.scopes, expires_at=body.expires_at, user_id=body.user_id
    )
    return cast(NewKeyOut, NewKeyOut.of_key(key, secret))


@router.get("/keys/{key_id}", responses=UNKNOWN, summary="Get an API key, without the key itself")
def get_key(services: ServicesDep, principal: PrincipalDep, key_id: str) -> KeyOut:
    return KeyOut.of_key(services.keys.get(principal, key_id))


@router.delete("/keys/{key_id}", responses=UNKNOWN, summary="Revoke an API key")
def revoke_key(services: ServicesDep, principal: PrincipalDep, key_id: str) -> MessageOut:
    services.keys.revoke(principal, key_id)
    return MessageOut(message="The key was revoked, and the sessions that were opened with it have ended.")


@router.get("/users", summary="List people")
def list_users(services: ServicesDep, principal: PrincipalDep) -> UsersOut:
    return UsersOut(users=[UserOut.of_user(user) for user in services.people.list(principal)])


@router.post("/users", status_code=201, responses=INVALID | CONFLICT, summary="Add a person")
def create_user(services: ServicesDep, principal: PrincipalDep, body: CreateUserIn) -> NewUserOut:
    user, link = services.people.create(principal, body.name, body.role, body.password)
    return cast(NewUserOut, NewUserOut.of_user(user, link))


@router.get("/users/{user_id}", responses=UNKNOWN, summary="Get a person")
def get_user(services: ServicesDep, principal: PrincipalDep, user_id: str) -> UserOut:
    return UserOut.of_user(services.people.get(principal, user_id))


@router.put("/users/{user_id}", responses=INVALID | UNKNOWN | CONFLICT, summary="Change a person")
def update_user(services: ServicesDep, principal: PrincipalDep, user_id: str, body: UpdateUserIn) -> UserOut:
    changes = cast(UserChanges, {name: getattr(body, name) for name in body.model_fields_set})
    return UserOut.of_user(services.people.update(principal, user_id, changes))


@router.delete("/users/{user_id}", responses=UNKNOWN | CONFLICT, summary="Delete a person and all that is theirs")
def delete_user(services: ServicesDep, principal: PrincipalDep, user_id: str) -> MessageOut:
    services.people.delete(principal, user_id)
    return MessageOut(message="The person was deleted, with all that was theirs.")


@router.post(
    "/users/{user_id}/link",
    status_code=201,
    responses=UNKNOWN,
    summary="Make a link that signs a person in once, within a day",
)
def invite_user(services: ServicesDep, principal: PrincipalDep, user_id: str) -> LinkOut:
    return LinkOut(link=f"/link?token={services.people.invite(principal, user_id)}")


@router.get("/me", summary="Who I am, and what I may do")
def get_me(services: ServicesDep, principal: PrincipalDep) -> MeOut:
    return MeOut.of_principal(services.people.me(principal), principal)


@router.put("/me", responses=INVALID, summary="Change my password")
def change_me(services: ServicesDep, principal: PrincipalDep, session: SessionDep, body: ChangeMeIn) -> MessageOut:
    services.people.change_password(principal, body.current_password, body.new_password, session)
    return MessageOut(message="The password was changed, and your other sessions have ended.")


@router.get("/me/sessions", summary="In which browsers I am signed in")
def list_sessions(services: ServicesDep, principal: PrincipalDep, session: SessionDep) -> SessionsOut:
    found = services.people.sessions(principal)
    return SessionsOut(sessions=[SessionOut.of_session(one, session) for one in found])


@router.delete("/me/sessions/{session_id}", responses=UNKNOWN, summary="Sign me out in one browser")
def end_session(services: ServicesDep, principal: PrincipalDep, session_id: str) -> MessageOut:
    services.people.end_session(principal, session_id)
    return MessageOut(message="The session has ended.")


@router.post("/sessions", status_code=201, responses=INVALID, summary="Sign in with name and password")
def sign_in(services: ServicesDep, request: Request, response: Response, body: SignInIn) -> SignedInOut:
    cookie, session = services.identity.sign_in_by_password(body.name, body.password)
    set_session_cookie(request, response, cookie, session)
    return SignedInOut(message="You are signed in; the cookie says so.", expires_at=session.expires_at)


@router.delete("/sessions/current", summary="Sign out")
def sign_out(services: ServicesDep, principal: PrincipalDep, request: Request, response: Response) -> MessageOut:
    if cookie := request.cookies.get(SESSION_COOKIE):
        services.identity.sign_out(cookie)
    forget_session_cookie(response)
    return MessageOut(message="You are signed out.")
