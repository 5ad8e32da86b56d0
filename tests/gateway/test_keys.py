"""Keys that are worth one execution."""

import re
import threading

from orchestra.gateway.keys import RunKeys


def test_a_key_is_worth_its_execution() -> None:
    keys = RunKeys()
    secret = keys.issue(3)
    assert re.fullmatch("ao_[0-9a-f]{64}", secret)
    assert keys.number_of(secret) == 3
    assert keys.is_live(3) and not keys.is_live(4)


def test_a_strange_key_is_worth_nothing() -> None:
    keys = RunKeys()
    assert [keys.number_of(strange) for strange in ("", "ao_", "\x00", "\ud800")] == [None] * 4
    assert not keys.has_ended("ao_")


def test_a_revoked_key_is_dead_and_remembered() -> None:
    keys = RunKeys()
    secret = keys.issue(3)
    keys.revoke(3)
    assert keys.number_of(secret) is None and not keys.is_live(3)
    assert keys.has_ended(secret)


def test_revoking_nothing_is_harmless() -> None:
    RunKeys().revoke(3)


def test_a_key_is_the_same_after_a_restart() -> None:
    secret = RunKeys(b"of this data folder").issue(3)
    keys = RunKeys(b"of this data folder")
    assert keys.number_of(secret) is None
    assert [keys.issue(3), keys.issue(3)] == [secret, secret]
    assert keys.number_of(secret) == 3 and not keys.has_ended(secret)
    assert RunKeys(b"of another").issue(3) != secret


def test_a_second_attempt_ends_the_first_ones_key() -> None:
    keys = RunKeys()
    first, second = keys.issue(3, attempt=1), keys.issue(3, attempt=2)
    assert keys.number_of(first) is None and keys.has_ended(first)
    assert keys.number_of(second) == 3


def test_the_memory_of_dead_keys_is_bounded() -> None:
    keys = RunKeys(remembered=2)
    secrets = [keys.issue(number) for number in range(4)]
    for number in range(4):
        keys.revoke(number)
    assert [keys.has_ended(secret) for secret in secrets] == [False, False, True, True]


def test_a_watcher_hears_of_its_keys_end_once() -> None:
    keys, heard = RunKeys(), list[str]()
    secret = keys.issue(3)
    with keys.watch(secret, lambda: heard.append("inside")):
        keys.revoke(3)
        keys.revoke(3)
    with keys.watch(secret, lambda: heard.append("too late")):
        pass
    assert heard == ["inside", "too late"]


def test_a_watcher_that_left_hears_nothing() -> None:
    keys, heard = RunKeys(), list[str]()
    secret = keys.issue(3)
    with keys.watch(secret, lambda: heard.append("outside")):
        pass
    keys.revoke(3)
    assert heard == []


def test_many_threads_share_the_keys() -> None:
    keys, wrong = RunKeys(), list[int]()

    def live_and_die(number: int) -> None:
        for _ in range(200):
            secret = keys.issue(number)
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
