"""Keys that are worth one execution."""

import threading

from orchestra.domain.identity import hash_secret
from orchestra.gateway.keys import RunKeys


def test_a_key_is_worth_its_execution() -> None:
    keys = RunKeys()
    secret, hashed = keys.issue(3)
    assert secret.startswith("ao_") and hashed == hash_secret(secret)
    assert keys.number_of(secret) == 3
    assert keys.is_live(3) and not keys.is_live(4)


def test_a_strange_key_is_worth_nothing() -> None:
    keys = RunKeys()
    assert [keys.number_of(strange) for strange in ("", "ao_", "\x00", "\ud800")] == [None] * 4
    assert not keys.has_ended("ao_")


def test_a_revoked_key_is_dead_and_remembered() -> None:
    keys = RunKeys()
    secret, _ = keys.issue(3)
    keys.revoke(3)
    assert keys.number_of(secret) is None and not keys.is_live(3)
    assert keys.has_ended(secret)


def test_revoking_nothing_is_harmless() -> None:
    RunKeys().revoke(3)


def test_a_restored_key_lives_on() -> None:
    secret, hashed = RunKeys().issue(3)
    keys = RunKeys()
    keys.restore(3, hashed)
    keys.restore(3, hashed)
    assert keys.number_of(secret) == 3 and not keys.has_ended(secret)


def test_a_second_attempt_ends_the_first_ones_key() -> None:
    keys = RunKeys()
    first, _ = keys.issue(3)
    second, _ = keys.issue(3)
    assert keys.number_of(first) is None and keys.has_ended(first)
    assert keys.number_of(second) == 3


def test_the_memory_of_dead_keys_is_bounded() -> None:
    keys = RunKeys(remembered=2)
    secrets = [keys.issue(number)[0] for number in range(4)]
    for number in range(4):
        keys.revoke(number)
    assert [keys.has_ended(secret) for secret in secrets] == [False, False, True, True]


def test_a_watcher_hears_of_its_keys_end_once() -> None:
    keys, heard = RunKeys(), list[str]()
    secret, _ = keys.issue(3)
    with keys.watch(secret, lambda: heard.append("inside")):
        keys.revoke(3)
        keys.revoke(3)
    with keys.watch(secret, lambda: heard.append("too late")):
        pass
    assert heard == ["inside", "too late"]


def test_a_watcher_that_left_hears_nothing() -> None:
    keys, heard = RunKeys(), list[str]()
    secret, _ = keys.issue(3)
    with keys.watch(secret, lambda: heard.append("outside")):
        pass
    keys.revoke(3)
    assert heard == []


def test_many_threads_share_the_keys() -> None:
    keys, wrong = RunKeys(), list[int]()

    def live_and_die(number: int) -> None:
        for _ in range(200):
            secret, _hash = keys.issue(number)
            alive = keys.number_of(secret) == number
            keys.revoke(number)
            if not alive or keys.number_of(secret) is not None or not keys.has_ended(secret):
                wrong.append(number)

    threads = [threading.Thread(target=live_and_die, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
