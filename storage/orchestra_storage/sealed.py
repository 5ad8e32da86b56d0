"""Reads and renews everything that is stored encrypted."""

from collections.abc import Callable

from sqlalchemy import Connection, Table, select

from orchestra_storage.schema import inbound_hooks, providers, webhooks

_TABLES: tuple[Table, ...] = (providers, webhooks, inbound_hooks)  # each with an id and a secret


class Sealed:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[str]:
        """Every secret that there is, as it is stored."""
        return [secret for table in _TABLES for _, secret in self._of(table)]

    def renew(self, reseal: Callable[[str], str]) -> int:
        """Stores what `reseal` makes of each secret; how many there were."""
        count = 0
        for table in _TABLES:
            for id, secret in self._of(table):
                self._connection.execute(table.update().where(table.c.id == id).values(secret=reseal(secret)))
                count += 1
        return count

    def _of(self, table: Table) -> list[tuple[str, str]]:
        query = select(table.c.id, table.c.secret).where(table.c.secret.is_not(None))
        return [(row.id, row.secret) for row in self._connection.execute(query)]
