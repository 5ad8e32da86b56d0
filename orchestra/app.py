"""Composition root: settings in, running application out; the only place where the parts meet."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI

from orchestra.api.answers import Answer, Answers, Question, Source
from orchestra.api.application import create_api
from orchestra.api.auth import Gatekeeper
from orchestra.api.errors import nothing_here, page_of_error
from orchestra.api.headers import SecurityHeaders
from orchestra.api.limits import BodyLimit
from orchestra.api.ratelimit import RateLimiter, RateLimits
from orchestra.api.sign_in import sign_in_routes
from orchestra.bus import Bus
from orchestra.domain.addresses import networks_of
from orchestra.domain.agents import Agent
from orchestra.domain.egress import Egress
from orchestra.domain.identity import Principal
from orchestra.domain.prices import OwnPrice
from orchestra.domain.ratelimits import parse_rate_limit
from orchestra.engine.bell import bell_path
from orchestra.engine.call_store import CallStore
from orchestra.engine.clock import Clock
from orchestra.engine.engine import Engine
from orchestra.engine.ingest import Ingest
from orchestra.engine.journal import Seal
from orchestra.engine.pool import Pool
from orchestra.engine.queue import Slots
from orchestra.engine.surroundings import Surroundings
from orchestra.engine.ticker import Ticker
from orchestra.environments.derived import Derivations
from orchestra.environments.layout import Layout
from orchestra.errors import OrchestraError
from orchestra.gateway.accounts import ModelAccounts
from orchestra.gateway.budgets import Budgets
from orchestra.gateway.egress import ways_for
from orchestra.gateway.guard import GuardRules
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.price_book import PriceBook
from orchestra.gateway.prober import Prober
from orchestra.gateway.providers import Models
from orchestra.gateway.redacted import RedactedAccounts
from orchestra.gateway.refusals import Refusals
from orchestra.gateway.routes import create_gateway, too_large
from orchestra.gateway.upstream import Upstream
from orchestra.master_keys import MasterKeys, system_keyring
from orchestra.redactor import Redactor
from orchestra.registry import Registry
from orchestra.services import Services
from orchestra.services.admissions import Admissions
from orchestra.services.agents import AgentService
from orchestra.services.artifacts import ArtifactService
from orchestra.services.budgets import BudgetService
from orchestra.services.changes import ChangeService
from orchestra.services.configurations import ConfigurationService
from orchestra.services.dashboard import DashboardService
from orchestra.services.deletions import Deletions
from orchestra.services.deploying import Deployer
from orchestra.services.directory import Directory
from orchestra.services.environments import EnvironmentService
from orchestra.services.executions import ExecutionService
from orchestra.services.frameworks import FrameworkService
from orchestra.services.health import HealthService
from orchestra.services.hooks import HookService
from orchestra.services.identity import IdentityService
from orchestra.services.keys import KeyService
from orchestra.services.model_calls import ModelCallService
from orchestra.services.models import ModelService
from orchestra.services.people import PeopleService
from orchestra.services.plugins import PluginService
from orchestra.services.prices import PriceService
from orchestra.services.projects import ProjectService
from orchestra.services.providers import ProviderService
from orchestra.services.questions import QuestionService
from orchestra.services.queue import QueueService
from orchestra.services.remembered import Remembered
from orchestra.services.retention import Retention
from orchestra.services.schedules import ScheduleService
from orchestra.services.secrets import SecretService
from orchestra.services.system import SystemService
from orchestra.services.ticking import TickService
from orchestra.services.usage import UsageService
from orchestra.services.watch import Watch
from orchestra.services.webhooks import WebhookService
from orchestra.services.welcome import make_sample_agent
from orchestra.settings import Settings
from orchestra.vault import Vault
from orchestra.webhooks.delivery import Patience, Postman
from orchestra.webhooks.sender import Sender
from orchestra_storage.history import History
from orchestra_storage.metrics import Metrics
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage

GATEWAY_PATH = "/llm/v1"
_MOST_ANSWERS = 200


@dataclass(frozen=True)
class Application:
    """A wired application: `asgi` to be served, the rest for whoever serves it."""

    asgi: FastAPI
    services: Services
    owner: Principal
    sample: Agent | None
    drain: Callable[[Callable[[], bool]], Awaitable[None]]
    """Claim nothing more and let what runs end, for as long as the settings want, unless what is given says no."""


@dataclass(frozen=True)
class Books:
    """What is known of model calls, their prices and what they may cost."""

    calls: CallStore
    prices: PriceBook
    budgets: Budgets
    accounts: ModelAccounts


def create_application(settings: Settings, base_url: str) -> Application:
    """Wire everything over the data folder; CannotStart if that cannot be used. `base_url` is where workers find us."""
    migrate(settings.database)
    storage = Storage.open(settings.database, survives_power_cut=settings.durability == "full")
    with ThreadPoolExecutor(1) as thread:
        opening = thread.submit(History.open, settings.history)  # takes a while outside Python, so beside the imports
        screens = _import_screens(settings)
        registry = Registry()
        registry.load()
        history = opening.result()
    redactor = Redactor()
    vault = _vault(settings, redactor)
    bus, keys, models, refusals = Bus(), RunKeys(vault.derived("run keys")), Models(registry.scripts()), Refusals()
    books = _books(settings, storage, history, bus)
    derivations = Derivations(registry.frameworks, Layout.of(settings.data_dir))
    surroundings = Surroundings(
        storage=storage,
        history=history,
        ingest=Ingest(history),
        bus=bus,
        keys=keys,
        accounts=books.accounts,
        frameworks=registry.frameworks,
        runs=settings.runs,
        agents=settings.agents,
        seal=Seal(vault.derived("journals")),
        bell=bell_path(settings.data_dir),
        gateway_url=base_url + GATEWAY_PATH,
        redactor=redactor,
        needed=derivations.needed,
        take_refusal=refusals.take,
        announce=SystemService(storage).announce,
    )
    clock = Clock()
    pool = Pool(settings.data_dir, settings.warm_seconds)
    engine = Engine(surroundings, clock, pool, Slots(settings.slots, settings.framework_slots))
    services = _services(settings, surroundings, registry, models, engine, books, vault, derivations)
    ticking = TickService(storage, bus, services.frameworks, services.executions)
    ticker = Ticker(clock, bus, ticking.settle)
    postman = _postman(settings, storage, bus, vault)
    owner, is_first_start = services.identity.local_owner()
    sample = make_sample_agent(services, owner) if is_first_start and settings.sample else None
    upstream = Upstream(ways_for(_egress(settings), settings.provider_proxy))
    accounts = RedactedAccounts(books.accounts, redactor)
    lifespan = _lifespan(surroundings, engine, ticker, postman, services, books.calls, upstream)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.add_route("/api", nothing_here)  # a mount does not cover its own bare path
    app.mount("/api", create_api(services))
    app.mount("/llm", create_gateway(keys, models, services.directory, accounts, refusals, upstream))
    app.router.routes.extend(sign_in_routes(services.identity))
    app.add_exception_handler(OrchestraError, page_of_error)
    screens(app, services)
    app.add_middleware(BodyLimit, limit_bytes=settings.max_body_bytes, elsewhere={"/llm": too_large})
    app.add_middleware(Answers, remembered=_remembered_answers(storage, surroundings.ingest))
    app.add_middleware(RateLimiter, limits=_limits(settings))
    app.add_middleware(
        Gatekeeper, admissions=services.admissions, allowed_hosts=[settings.host, *settings.allowed_hosts]
    )
    app.add_middleware(SecurityHeaders)

    async def drain(is_urgent: Callable[[], bool]) -> None:
        await engine.drain(settings.drain_seconds, is_urgent)

    return Application(app, services, owner, sample, drain)


def _remembered_answers(storage: Storage, ingest: Ingest) -> Mapping[Source, Remembered[Question, Answer]]:
    def stamp_of_all() -> tuple[int, ...] | None:
        stamp = storage.stamp()
        return None if stamp is None else (*stamp, *ingest.edition)

    return {
        Source.DATABASE: Remembered(storage.stamp, _MOST_ANSWERS),
        Source.EVENTS: Remembered(stamp_of_all, _MOST_ANSWERS),
    }


def _books(settings: Settings, storage: Storage, history: History, bus: Bus) -> Books:
    def own_prices() -> Sequence[OwnPrice]:
        with storage.read() as unit:
            return unit.prices.all()

    calls = CallStore(storage, history, settings.model_body_days)
    prices, budgets = PriceBook(own_prices), Budgets(storage)
    rules = GuardRules(settings.runaway_repeats, settings.runaway_calls, settings.runaway_wait_seconds)
    told = UsageService(bus, calls).settled
    keeps_bodies, output = settings.model_body_days > 0, settings.budget_output_tokens
    accounts = ModelAccounts(storage, budgets, prices, rules, told, keeps_bodies, output)
    return Books(calls, prices, budgets, accounts)


def _egress(settings: Settings) -> Egress:
    return Egress(settings.zero_egress, networks_of(settings.provider_allow))


def _postman(settings: Settings, storage: Storage, bus: Bus, vault: Vault) -> Postman:
    sender = Sender(networks_of(settings.webhook_allow), settings.webhook_timeout_seconds)
    patience = Patience(settings.webhook_pauses, timedelta(days=settings.webhook_disable_days))
    return Postman(storage, bus, vault, sender, patience)


def _vault(settings: Settings, redactor: Redactor) -> Vault:
    given = settings.master_key.get_secret_value() if settings.master_key else None
    keyring = system_keyring() if settings.keyring and not given else None
    keys = MasterKeys(settings.master_key_file, settings.secret_key, given, keyring)
    return Vault(settings.secret_key, keys, redactor.learn)


def _limits(settings: Settings) -> RateLimits:
    return RateLimits(
        general=parse_rate_limit(settings.rate_limit),
        executions=parse_rate_limit(settings.execution_rate_limit),
        sign_in=parse_rate_limit(settings.sign_in_rate_limit),
    )


def _services(
    settings: Settings,
    surroundings: Surroundings,
    registry: Registry,
    models: Models,
    engine: Engine,
    books: Books,
    vault: Vault,
    derivations: Derivations,
) -> Services:
    storage, history, bus = surroundings.storage, surroundings.history, surroundings.bus
    layout = Layout.of(settings.data_dir)
    deployer = Deployer(
        storage,
        bus,
        derivations,
        engine,
        layout,
        build_on_start=settings.build_on_start,
        may_download_python=settings.python_downloads,
    )
    admissions = Admissions(storage)
    watch = Watch(storage, bus, admissions)
    environments = EnvironmentService(storage, bus, derivations, layout, deployer, watch)
    egress = _egress(settings)
    prober = Prober(ways_for(egress, settings.provider_proxy))
    directory = Directory(storage, vault, egress, prober, models.names)
    frameworks = FrameworkService(registry, lambda: [one.name for one in directory.offered()], deployer)
    configurations = ConfigurationService(storage, frameworks)
    executions = ExecutionService(storage, history, bus, engine, surroundings.ingest, frameworks, watch)
    deletions = Deletions(storage, history, bus, executions, settings.runs, settings.agents)
    agents = AgentService(storage, bus, frameworks, configurations, executions, deletions, environments)
    identity = IdentityService(storage, bus, admissions, settings.session_days)
    return Services(
        agents=agents,
        configurations=configurations,
        executions=executions,
        artifacts=ArtifactService(executions, settings.runs, surroundings.redactor, settings.artifact_days),
        admissions=admissions,
        watch=watch,
        deletions=deletions,
        retention=Retention(storage, settings.runs, settings.artifact_days),
        changes=ChangeService(bus),
        frameworks=frameworks,
        environments=environments,
        deployer=deployer,
        identity=identity,
        keys=KeyService(storage, identity),
        people=PeopleService(storage, identity, agents, deletions),
        questions=QuestionService(storage, bus, settings.runs),
        plugins=PluginService(storage, bus, registry, models, watch, may_install=settings.plugin_installs),
        directory=directory,
        providers=ProviderService(storage, bus, vault, egress, prober, directory.forget),
        models=ModelService(storage, bus, directory, models.names, directory.forget),
        secrets=SecretService(storage, vault),
        projects=ProjectService(registry.frameworks),
        queue=QueueService(storage, bus, engine),
        schedules=ScheduleService(storage, bus, frameworks, executions),
        webhooks=WebhookService(storage, bus, vault, networks_of(settings.webhook_allow)),
        hooks=HookService(storage, vault, frameworks, executions),
        system=SystemService(storage),
        dashboard=DashboardService(storage, Metrics(history), bus, watch, surroundings.ingest),
        budgets=BudgetService(storage, books.budgets),
        prices=PriceService(storage, books.prices),
        model_calls=ModelCallService(history, books.calls, executions),
        health=HealthService(storage, history, engine, settings.data_dir, directory, egress),
    )


def _lifespan(
    surroundings: Surroundings,
    engine: Engine,
    ticker: Ticker,
    postman: Postman,
    services: Services,
    call_store: CallStore,
    upstream: Upstream,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        surroundings.bus.bind()
        try:
            await asyncio.to_thread(services.secrets.open_all)  # before any line is stored that might hold one
            await asyncio.to_thread(services.deployer.start)  # before anything is claimed that waits for a framework
            call_store.start()
            await engine.start()
            ticker.start()
            postman.start()
            await asyncio.to_thread(services.system.announce, "system.started")
            deleting = asyncio.create_task(services.deletions.run(), name="deletions")
            tending = asyncio.create_task(services.deployer.tend(), name="environments")
            retiring = asyncio.create_task(services.retention.run(), name="retention")
            yield
            deleting.cancel()
            tending.cancel()
            retiring.cancel()
            await asyncio.to_thread(services.deployer.stop)
            await ticker.stop()
            await engine.stop()
            await asyncio.to_thread(services.system.announce, "system.stopping")
            await postman.stop()
            await upstream.close()
        finally:
            # Model calls that were cut off just now are still metered.
            await asyncio.get_running_loop().shutdown_default_executor()
            call_store.stop()
            surroundings.history.close()
            surroundings.storage.close()

    return lifespan


def _import_screens(settings: Settings) -> Callable[[FastAPI, Services], None]:
    """What adds the screens to an application. NiceGUI reads the folder of its browser storage when it is imported."""
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(settings.data_dir / "nicegui"))
    with _as_if_not_installed("aiohttp"):  # engineio's client alone would use it; it is a sixth of the whole start
        from nicegui import ui

        from orchestra_ui.root import RUN_WITH, make_root

    return lambda app, services: ui.run_with(app, root=make_root(services), **RUN_WITH)


@contextmanager
def _as_if_not_installed(module: str) -> Iterator[None]:
    """Let imports of an optional module fail meanwhile, unless it is imported already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # pyright: ignore[reportArgumentType] - the import system's own word for "is not there"
    try:
        yield
    finally:
        del sys.modules[module]


@contextmanager
def open_keys(settings: Settings) -> Iterator[tuple[KeyService, Principal]]:
    """Keys alone, and the owner, for the command line: works beside a running server, and without one."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database)
    storage = Storage.open(settings.database)
    try:
        identity = IdentityService(storage, Bus(), Admissions(storage), settings.session_days)
        yield KeyService(storage, identity), identity.local_owner()[0]
    finally:
        storage.close()
