"""Makes the engine, with all that runs need of the rest of the server."""

from dataclasses import dataclass

from orchestra.app.ground import Ground
from orchestra.engine.bell import bell_path
from orchestra.engine.clock import Clock
from orchestra.engine.engine import Engine
from orchestra.engine.journal import Seal
from orchestra.engine.pool import Pool
from orchestra.engine.queue import Slots
from orchestra.engine.surroundings import Surroundings
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.refusals import Refusals
from orchestra.services.system import SystemService

GATEWAY_PATH = "/llm/v1"


@dataclass(frozen=True)
class Machine:
    """What runs executions; the gateway shares its keys and tells it of refusals."""

    engine: Engine
    clock: Clock
    keys: RunKeys
    refusals: Refusals


def machine_over(ground: Ground, base_url: str) -> Machine:
    """The engine, which has not started; `base_url` is where workers find the gateway."""
    settings, clock = ground.settings, Clock()
    keys, refusals = RunKeys(ground.vault.derived("run keys")), Refusals()
    surroundings = Surroundings(
        storage=ground.storage,
        history=ground.history,
        ingest=ground.ingest,
        bus=ground.bus,
        keys=keys,
        accounts=ground.books.accounts,
        frameworks=ground.registry.frameworks,
        runs=settings.runs,
        agents=settings.agents,
        seal=Seal(ground.vault.derived("journals")),
        bell=bell_path(settings.data_dir),
        gateway_url=base_url + GATEWAY_PATH,
        redactor=ground.redactor,
        needed=ground.derivations.needed,
        take_refusal=refusals.take,
        announce=SystemService(ground.storage).announce,
    )
    pool = Pool(settings.data_dir, settings.warm_seconds)
    engine = Engine(surroundings, clock, pool, Slots(settings.slots, settings.framework_slots))
    return Machine(engine, clock, keys, refusals)
