"""Secrets that are sealed come back, and only with the key that sealed them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestra.errors import CannotStart, Unavailable
from orchestra.master_keys import MasterKeys, new_key
from orchestra.vault import Vault


class MemoryKeyring:
    """A system's keyring, in memory."""

    def __init__(self, is_locked: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self._is_locked = is_locked

    def get_password(self, service: str, name: str) -> str | None:
        self._check()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self._check()
        self.kept[service, name] = password

    def _check(self) -> None:
        if self._is_locked:
            raise RuntimeError("the keyring is locked")


def test_what_is_sealed_comes_back_also_after_a_restart(tmp_path: Path) -> None:
    sealed = Vault(tmp_path / "secret.key").seal("whsec_é")
    assert "whsec" not in sealed
    assert Vault(tmp_path / "secret.key").unseal(sealed) == "whsec_é"
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_many_who_need_the_key_first_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        sealed = list(threads.map(lambda n: Vault(tmp_path / "secret.key").seal(str(n)), range(32)))
    assert [Vault(tmp_path / "secret.key").unseal(one) for one in sealed] == [str(n) for n in range(32)]
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("other", ["", "nonsense", "A" * 44])
def test_another_key_is_told_in_a_sentence(tmp_path: Path, other: str) -> None:
    sealed = Vault(tmp_path / "secret.key").seal("text")
    (tmp_path / "secret.key").write_text(other)
    with pytest.raises(Unavailable, match=r"secret\.key was changed"):
        Vault(tmp_path / "secret.key").unseal(sealed)


def vault(folder: Path, given: str | None = None, keyring: MemoryKeyring | None = None) -> Vault:
    return Vault(folder / "secret.key", MasterKeys(folder / "master.key", folder / "secret.key", given, keyring))


def test_a_new_key_reads_what_the_old_one_sealed_and_seals_anew(tmp_path: Path) -> None:
    one = vault(tmp_path)
    sealed, derived = one.seal("text"), one.derived("runs")
    one.renew()
    resealed = one.reseal(sealed)
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret.key").write_bytes(new_key())  # what was resealed does not need it any more
    assert vault(tmp_path).unseal(resealed) == "text"
    with pytest.raises(Unavailable):
        vault(tmp_path).unseal(sealed)
    assert derived != vault(tmp_path).derived("runs")


def test_keys_of_runs_stay_the_same_when_the_master_key_changes(tmp_path: Path) -> None:
    one = vault(tmp_path)
    derived = one.derived("runs")
    one.renew()
    assert vault(tmp_path).derived("runs") == derived == vault(tmp_path, new_key().decode()).derived("runs")


def test_a_key_of_the_environment_comes_first_and_older_ones_still_read(tmp_path: Path) -> None:
    first, second = new_key().decode(), new_key().decode()
    of_file = vault(tmp_path).seal("of file")
    of_first = vault(tmp_path, first).seal("of first")
    both = vault(tmp_path, f"{second}, {first}")
    assert [both.unseal(of_file), both.unseal(of_first)] == ["of file", "of first"]
    both.renew()
    assert vault(tmp_path, second).unseal(both.reseal(of_first)) == "of first"
    with pytest.raises(Unavailable):
        vault(tmp_path, second).unseal(of_first)
    assert not (tmp_path / "master.key").exists()


@pytest.mark.parametrize("given", ["short", "é" * 44, "A" * 43, f"{'A' * 43}=,nonsense"])
def test_a_key_that_is_none_is_told_at_the_start(tmp_path: Path, given: str) -> None:
    with pytest.raises(CannotStart, match="ORCHESTRA_MASTER_KEY") as told:
        vault(tmp_path, given)
    assert "nonsense" not in told.value.message


def test_the_keyring_keeps_the_key_of_each_data_folder(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    one = vault(tmp_path, keyring=keyring)
    sealed = one.seal("text")
    one.renew()
    assert vault(tmp_path, keyring=keyring).unseal(one.reseal(sealed)) == "text"
    assert list(keyring.kept) == [("agentorchestra", str(tmp_path.resolve()))]
    assert not (tmp_path / "master.key").exists()
    with pytest.raises(Unavailable):
        vault(tmp_path).unseal(sealed)


def test_a_keyring_that_is_locked_leaves_the_key_in_a_file(tmp_path: Path) -> None:
    keyring = MemoryKeyring(is_locked=True)
    assert vault(tmp_path).unseal(vault(tmp_path, keyring=keyring).seal("text")) == "text"
