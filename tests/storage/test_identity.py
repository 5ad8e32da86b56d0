from datetime import datetime, timedelta

import pytest

from orchestra.domain.identity import ApiKey, Role, Session, User
from orchestra_storage.unit import Storage


@pytest.fixture
def key(storage: Storage, now: datetime) -> ApiKey:
    key = ApiKey("k1", "u1", "laptop", "f" * 64, "ao_12…", now)
    with storage.write() as unit:
        unit.keys.add(key)
    return key


def test_the_owner_is_the_first_of_the_owners(storage: Storage, now: datetime):
    with storage.write() as unit:
        unit.users.add(User("u0", "Eve", Role.OWNER, now + timedelta(days=1)))
        unit.users.add(User("u2", "Bob", Role.MEMBER, now - timedelta(days=1)))
        assert unit.users.owner() == User("u1", "Ada", Role.OWNER, now)


def test_an_unknown_person_is_none(storage: Storage):
    with storage.read() as unit:
        assert unit.users.get("nobody") is None


def test_a_key_is_found_by_its_hash_with_its_person(storage: Storage, key: ApiKey, now: datetime):
    with storage.read() as unit:
        assert unit.keys.by_hash(key.hash) == (key, User("u1", "Ada", Role.OWNER, now))
        assert unit.keys.by_hash("0" * 64) is None


def test_keys_are_listed_newest_first(storage: Storage, key: ApiKey, now: datetime):
    newer = ApiKey("k2", "u1", "server", "e" * 64, "ao_34…", now + timedelta(seconds=1))
    with storage.write() as unit:
        unit.keys.add(newer)
        assert unit.keys.list("u1") == [newer, key]
        assert unit.keys.list("u2") == []


def test_the_last_use_of_a_key_is_noted(storage: Storage, key: ApiKey, now: datetime):
    with storage.write() as unit:
        unit.keys.touch("k1", now)
        assert unit.keys.list("u1")[0].last_used_at == now


def test_a_key_is_removed_once(storage: Storage, key: ApiKey):
    with storage.write() as unit:
        assert unit.keys.remove("k1") is True
        assert unit.keys.remove("k1") is False
        assert unit.keys.by_hash(key.hash) is None


def test_a_session_is_found_until_it_expires(storage: Storage, now: datetime):
    session = Session("s" * 64, "u1", now, now + timedelta(days=1))
    with storage.write() as unit:
        unit.sessions.add(session)
        found = unit.sessions.by_hash(session.hash, now)
        assert found is not None
        assert (found[0], found[1].name) == (session, "Ada")
        assert unit.sessions.by_hash(session.hash, session.expires_at) is None


def test_signing_out_ends_a_session(storage: Storage, now: datetime):
    with storage.write() as unit:
        unit.sessions.add(Session("s", "u1", now, now + timedelta(days=1)))
        unit.sessions.remove("s")
        assert unit.sessions.by_hash("s", now) is None


def test_only_expired_sessions_are_swept(storage: Storage, now: datetime):
    with storage.write() as unit:
        unit.sessions.add(Session("old", "u1", now, now))
        unit.sessions.add(Session("new", "u1", now, now + timedelta(microseconds=1)))
        assert unit.sessions.remove_expired(now) == 1
        assert unit.sessions.by_hash("new", now) is not None
