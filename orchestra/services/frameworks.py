"""What frameworks there are, and how their agents are configured."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestra.domain.frameworks import Framework
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.packages import environment_id
from orchestra.errors import Fault, Invalid, NotFound
from orchestra.registry import Registry
from orchestra.services.configuration import form_schema
from orchestra.services.deploying import Deployer
from orchestra_storage.unit import Unit

_OFFERED_MODELS = 500  # a form draws each


class FrameworkService:
    def __init__(self, registry: Registry, models: Callable[[], Sequence[str]], deployer: Deployer) -> None:
        self._registry = registry
        self._models = models
        self._deployer = deployer

    def list(self) -> Sequence[Framework]:
        """The usable frameworks, by title."""
        return sorted(self._registry.frameworks.values(), key=lambda framework: framework.title.lower())

    def shown_to(self, principal: Principal) -> Sequence[Framework]:
        """The usable frameworks, for somebody who may look."""
        principal.require(Permission.READ)
        return self.list()

    def find(self, principal: Principal, framework_id: str) -> Framework:
        """The framework, or the one with further packages, that has the id; NotFound if there is none."""
        principal.require(Permission.READ)
        framework = self._deployer.derivations.find(framework_id)
        if framework is None:
            raise NotFound("framework", framework_id)
        return framework

    def get(self, framework_id: str, at: str = "/framework") -> Framework:
        """The framework; Invalid, naming those there are, if it is unknown."""
        framework = self._registry.frameworks.get(framework_id)
        if framework is None:
            known = ", ".join(sorted(self._registry.frameworks)) or "none"
            message = f"The framework '{framework_id[:60]}' is not installed. Installed: {known}."
            raise Invalid(message, [Fault(at, message)])
        return framework

    def prepare(
        self,
        unit: Unit,
        framework: Framework,
        configuration: Mapping[str, Any],
        agents: Mapping[str, Any],
        *,
        installs: bool = False,
    ) -> None:
        """Let an execution be accepted in this transaction: NotInstalled, unless what it needs is there or will be.

        `agents` is the configuration of its agent: nothing holds back an execution that needs other packages.
        """
        needed = self._deployer.derivations.needed(framework, configuration)
        is_same = environment_id(framework.id, configuration) == environment_id(framework.id, agents)
        self._deployer.prepare(unit, needed, installs=installs, may_wait=is_same)

    def note_packages(self, framework: Framework, configuration: Mapping[str, Any]) -> None:
        """Somebody wishes for an agent of the framework with the packages that are named there."""
        self._deployer.derivations.note(self._deployer.derivations.needed(framework, configuration))

    def schema(self, framework_id: str) -> Mapping[str, Any]:
        """The JSON Schema of an agent's whole configuration."""
        return form_schema(self.get(framework_id))

    def models(self) -> Sequence[str]:
        """The names of the models that the gateway offers, aliases first; of very many, the first ones."""
        return self._models()[:_OFFERED_MODELS]
