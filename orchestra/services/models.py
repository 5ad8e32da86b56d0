"""What a person can do with the names of models: see which can be asked for, and have some stand for others."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from orchestra.bus import PROVIDERS, Bus
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.providers import SCRIPTED_ID, Alias, OfferedModel, ProviderChanged, Route, is_alias_name
from orchestra.errors import Fault, Invalid, NotFound
from orchestra.services.directory import Directory
from orchestra.services.secrets import require_owner
from orchestra_storage.unit import Storage, Unit

_DUTY = "manage aliases of models"
_MOST_ROUTES = 10
_MODEL_CHARACTERS = 200


class ModelService:
    """`scripted` names the scripted models, `changed` is called whenever an alias was changed."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        directory: Directory,
        scripted: Callable[[], Sequence[str]],
        changed: Callable[[], None],
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._directory = directory
        self._scripted = scripted
        self._changed = changed

    def offered(self, principal: Principal) -> Sequence[OfferedModel]:
        """Every name that agents can ask for: aliases, scripted models, and models of providers."""
        principal.require(Permission.READ)
        return self._directory.offered()

    def aliases(self, principal: Principal) -> Sequence[Alias]:
        """All aliases, by name."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.aliases.all()

    def alias(self, principal: Principal, name: str) -> Alias:
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return _find(unit, name)

    def set_alias(self, principal: Principal, name: str, routes: Sequence[Route]) -> Alias:
        """Have a name stand for the first of these, and for the others while that does not answer.

        A route names its provider by id or name; `scripted` is the built-in one.
        """
        require_owner(principal, _DUTY)
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            found, faults = self._found(unit, routes)
            _refuse([*self._faults_of(name, routes), *faults])
            before = unit.aliases.get(name)
            alias = Alias(name, found, before.created_at if before else now, now)
            unit.aliases.put(alias)
        self._tell()
        return alias

    def delete_alias(self, principal: Principal, name: str) -> None:
        """The name stands for nothing any more; agents that use it are refused an answer."""
        require_owner(principal, _DUTY)
        with self._storage.write() as unit:
            _find(unit, name)
            unit.aliases.remove(name)
        self._tell()

    def _found(self, unit: Unit, routes: Sequence[Route]) -> tuple[tuple[Route, ...], list[Fault]]:
        """The routes with ids of providers, and a fault for each that leads nowhere."""
        found: list[Route] = []
        faults: list[Fault] = []
        for index, route in enumerate(routes):
            provider = unit.providers.get(route.provider_id) or unit.providers.named(route.provider_id)
            if provider is not None:
                found.append(Route(provider.id, route.model))
            elif route.provider_id != SCRIPTED_ID:
                faults.append(Fault(f"/routes/{index}/provider", f"There is no provider '{route.provider_id[:60]}'."))
            elif route.model not in self._scripted():
                faults.append(Fault(f"/routes/{index}/model", f"There is no scripted model '{route.model[:60]}'."))
            else:
                found.append(route)
        return tuple(found), faults

    def _faults_of(self, name: str, routes: Sequence[Route]) -> list[Fault]:
        faults: list[Fault] = []
        if not is_alias_name(name):
            faults.append(Fault("/name", "A name is made of letters, digits and . _ - : / @, and at most 100 of them."))
        elif name in self._scripted():
            faults.append(Fault("/name", f"{name} is a scripted model. Choose another name."))
        if not 0 < len(routes) <= _MOST_ROUTES:
            faults.append(Fault("/routes", f"Name between one and {_MOST_ROUTES} models."))
        for index, route in enumerate(routes):
            if not 0 < len(route.model) <= _MODEL_CHARACTERS or not route.model.isprintable():
                faults.append(Fault(f"/routes/{index}/model", "This is no name of a model."))
        return faults

    def _tell(self) -> None:
        self._changed()
        self._bus.publish(PROVIDERS, ProviderChanged())


def _find(unit: Unit, name: str) -> Alias:
    alias = unit.aliases.get(name)
    if alias is None:
        raise NotFound("alias", name)
    return alias


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Invalid(f"The alias cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)
