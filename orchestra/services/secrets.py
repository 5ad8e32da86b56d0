"""Changes the key under which stored secrets lie."""

import logging
from dataclasses import dataclass

from orchestra.domain.identity import Permission, Principal, Role
from orchestra.errors import Forbidden, Unavailable
from orchestra.vault import Vault
from orchestra_storage.unit import Storage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many secrets were encrypted anew, and where the key is, for a person."""

    secrets: int
    place: str


class SecretService:
    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    def rotate(self, principal: Principal) -> Rotation:
        """Encrypt every stored secret with a new key, or with the first of those given by the environment.

        All of them or none: Unavailable if one cannot be read, and then everything is as it was.
        """
        require_owner(principal, "rotate the master key")
        self._vault.renew()
        with self._storage.write() as unit:
            count = unit.sealed.renew(self._vault.reseal)
        return Rotation(count, self._vault.place)

    def open_all(self) -> None:
        """Read every stored secret once, so that it is known what must not be shown; what cannot be read is logged."""
        with self._storage.read() as unit:
            sealed = unit.sealed.all()
        for one in sealed:
            try:
                self._vault.unseal(one)
            except Unavailable:
                log.warning("A stored secret cannot be read with the master keys that there are; set it anew")


def require_owner(principal: Principal, what: str) -> None:
    """Forbidden, unless an owner asks, with a key that may do everything."""
    principal.require(Permission.ADMIN)
    if principal.role is not Role.OWNER:
        raise Forbidden(f"Only owners {what}. Ask one of them.")
