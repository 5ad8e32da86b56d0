"""Starts and stops everything that runs by itself, in the one order in which nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from orchestra.app.ground import Ground
from orchestra.engine.engine import Engine
from orchestra.engine.ticker import Ticker
from orchestra.gateway.upstream import Upstream
from orchestra.services import Services
from orchestra.webhooks.delivery import Postman


@dataclass(frozen=True)
class Life:
    """The lifespan of the application."""

    ground: Ground
    services: Services
    engine: Engine
    ticker: Ticker
    postman: Postman
    upstream: Upstream

    @asynccontextmanager
    async def span(self, _: FastAPI) -> AsyncIterator[None]:
        """Everything runs meanwhile; what was begun is written when this ends."""
        self.ground.bus.bind()
        try:
            await self._start()
            tending = self._tend()
            yield
            for task in tending:
                task.cancel()
            await self._stop()
        finally:
            await self._close()

    async def _start(self) -> None:
        await asyncio.to_thread(self.services.secrets.open_all)  # before any line is stored that might hold one
        await asyncio.to_thread(self.services.deployer.start)  # before anything is claimed that waits for a framework
        self.ground.books.calls.start()
        await self.engine.start()
        self.ticker.start()
        self.postman.start()
        await asyncio.to_thread(self.services.system.announce, "system.started")

    def _tend(self) -> list[asyncio.Task[None]]:
        """What looks around now and then; it may be broken off anywhere."""
        looking = {
            "deletions": self.services.deletions.run(),
            "environments": self.services.deployer.tend(),
            "retention": self.services.retention.run(),
        }
        return [asyncio.create_task(work, name=name) for name, work in looking.items()]

    async def _stop(self) -> None:
        await asyncio.to_thread(self.services.deployer.stop)
        await self.ticker.stop()
        await self.engine.stop()
        await asyncio.to_thread(self.services.system.announce, "system.stopping")
        await self.postman.stop()
        await self.upstream.close()

    async def _close(self) -> None:
        # Model calls that were cut off just now are still metered.
        await asyncio.get_running_loop().shutdown_default_executor()
        self.ground.books.calls.stop()
        self.ground.history.close()
        self.ground.storage.close()
