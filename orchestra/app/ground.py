"""Opens what everything else stands on: the stores, the plugins, and what is kept secret or paid for."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from orchestra.bus import Bus
from orchestra.domain.addresses import networks_of
from orchestra.domain.egress import Egress
from orchestra.domain.prices import OwnPrice
from orchestra.engine.call_store import CallStore
from orchestra.engine.ingest import Ingest
from orchestra.environments.derived import Derivations
from orchestra.environments.layout import Layout
from orchestra.gateway.accounts import ModelAccounts
from orchestra.gateway.budgets import Budgets
from orchestra.gateway.guard import GuardRules
from orchestra.gateway.price_book import PriceBook
from orchestra.gateway.providers import Models
from orchestra.master_keys import MasterKeys, system_keyring
from orchestra.redactor import Redactor
from orchestra.registry import Registry
from orchestra.services.usage import UsageService
from orchestra.settings import Settings
from orchestra.vault import Vault
from orchestra_storage.history import History
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage

T = TypeVar("T")


@dataclass(frozen=True)
class Books:
    """What is known of model calls, their prices and what they may cost."""

    calls: CallStore
    prices: PriceBook
    budgets: Budgets
    accounts: ModelAccounts


@dataclass(frozen=True)
class Ground:
    """What is open and loaded before anything runs."""

    settings: Settings
    storage: Storage
    history: History
    ingest: Ingest
    registry: Registry
    bus: Bus
    redactor: Redactor
    vault: Vault
    egress: Egress
    models: Models
    books: Books
    layout: Layout
    derivations: Derivations


def open_stores(settings: Settings, meanwhile: Callable[[], T]) -> tuple[Storage, History, T]:
    """The database, as this version wants it, the history, and what was done while that was opened."""
    migrate(settings.database)
    storage = Storage.open(settings.database, survives_power_cut=settings.durability == "full")
    with ThreadPoolExecutor(1) as thread:
        opening = thread.submit(History.open, settings.history)  # takes a while outside Python
        done = meanwhile()
        return storage, opening.result(), done


def ground_over(settings: Settings, storage: Storage, history: History, registry: Registry) -> Ground:
    """All that stands on these stores and plugins, and on nothing else."""
    redactor, bus, layout = Redactor(), Bus(), Layout.of(settings.data_dir)
    return Ground(
        settings=settings,
        storage=storage,
        history=history,
        ingest=Ingest(history),
        registry=registry,
        bus=bus,
        redactor=redactor,
        vault=_vault(settings, redactor),
        egress=Egress(settings.zero_egress, networks_of(settings.provider_allow)),
        models=Models(registry.scripts()),
        books=_books(settings, storage, history, bus),
        layout=layout,
        derivations=Derivations(registry.frameworks, layout),
    )


def _vault(settings: Settings, redactor: Redactor) -> Vault:
    given = settings.master_key.get_secret_value() if settings.master_key else None
    keyring = system_keyring() if settings.keyring and not given else None
    keys = MasterKeys(settings.master_key_file, settings.secret_key, given, keyring)
    return Vault(settings.secret_key, keys, redactor.learn)


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
