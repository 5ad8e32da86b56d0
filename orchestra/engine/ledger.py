"""Writes what the engine notes of executions into the database, what comes at the same time in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from orchestra_storage.haste import promptly
from orchestra_storage.unit import Storage, Unit

T = TypeVar("T")


class Ledger:
    """Used on the event loop. Each transaction costs about the same, whether it holds one note or fifty."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._waiting: list[tuple[Callable[[Unit], Any], asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, action: Callable[[Unit], T]) -> T:
        """Have the action done in a transaction; what it returned, once that is committed, or what it raised."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((action, future))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="ledger")
        return await asyncio.shield(future)

    async def stop(self) -> None:
        """Return when all is written that was asked for."""
        while self._writing is not None:
            await asyncio.wait({self._writing})

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                results = await self._results([action for action, _ in batch])
                for (_, future), result in zip(batch, results, strict=True):
                    _settle(future, result)
        finally:
            self._writing = None

    async def _results(self, actions: Sequence[Callable[[Unit], Any]]) -> Sequence[Any]:
        """What each action returned, or the exception that it raised; one that fails takes no other along."""
        try:
            return await promptly(lambda: self._commit(actions))
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            if len(actions) == 1:
                return [error]
        return [(await self._results([action]))[0] for action in actions]

    def _commit(self, actions: Sequence[Callable[[Unit], Any]]) -> Sequence[Any]:
        with self._storage.write() as unit:
            return [action(unit) for action in actions]


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
        future.exception()  # whoever asked may have left meanwhile
    else:
        future.set_result(result)
