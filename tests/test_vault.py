"""Secrets that are sealed come back, and only with the key that sealed them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestra.errors import Unavailable
from orchestra.vault import Vault


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
