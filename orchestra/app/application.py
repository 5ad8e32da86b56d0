"""Wires a whole application over a data folder."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI

from orchestra.app.front import front_over
from orchestra.app.ground import Ground, ground_over, open_stores
from orchestra.app.life import Life
from orchestra.app.machine import Machine, machine_over
from orchestra.app.screens import Screens, import_screens, tell_where_to_keep
from orchestra.app.services import services_over
from orchestra.domain.addresses import networks_of
from orchestra.domain.agents import Agent
from orchestra.domain.identity import Principal
from orchestra.engine.ticker import Ticker
from orchestra.gateway.egress import ways_for
from orchestra.gateway.upstream import Upstream
from orchestra.registry import Registry
from orchestra.services import Services
from orchestra.services.ticking import TickService
from orchestra.services.welcome import make_sample_agent
from orchestra.settings import Settings
from orchestra.webhooks.delivery import Patience, Postman
from orchestra.webhooks.sender import Sender


@dataclass(frozen=True)
class Application:
    """A wired application: `asgi` to be served, the rest for whoever serves it."""

    asgi: FastAPI
    services: Services
    owner: Principal
    sample: Agent | None
    drain: Callable[[Callable[[], bool]], Awaitable[None]]
    """Claim nothing more and let what runs end, for as long as the settings want, unless what is given says no."""


def create_application(settings: Settings, base_url: str) -> Application:
    """Wire everything over the data folder; CannotStart if that cannot be used. `base_url` is where workers find us."""

    def load() -> tuple[Screens, Registry]:
        screens, registry = import_screens(), Registry()
        registry.load()
        return screens, registry

    tell_where_to_keep(settings)
    storage, history, (screens, registry) = open_stores(settings, load)
    ground = ground_over(settings, storage, history, registry)
    machine = machine_over(ground, base_url)
    services = services_over(ground, machine.engine)
    owner, is_first_start = services.identity.local_owner()
    sample = make_sample_agent(services, owner) if is_first_start and settings.sample else None
    life = _life(ground, machine, services)

    async def drain(is_urgent: Callable[[], bool]) -> None:
        await machine.engine.drain(settings.drain_seconds, is_urgent)

    return Application(front_over(ground, machine, life, screens), services, owner, sample, drain)


def _life(ground: Ground, machine: Machine, services: Services) -> Life:
    ticking = TickService(ground.storage, ground.bus, services.frameworks, services.executions)
    ticker = Ticker(machine.clock, ground.bus, ticking.settle)
    upstream = Upstream(ways_for(ground.egress, ground.settings.provider_proxy))
    return Life(ground, services, machine.engine, ticker, _postman(ground), upstream)


def _postman(ground: Ground) -> Postman:
    settings = ground.settings
    sender = Sender(networks_of(settings.webhook_allow), settings.webhook_timeout_seconds)
    patience = Patience(settings.webhook_pauses, timedelta(days=settings.webhook_disable_days))
    return Postman(ground.storage, ground.bus, ground.vault, sender, patience)
