"""Makes the services, each from those that it names."""

from dataclasses import fields
from functools import cached_property

from orchestra.app.ground import Ground
from orchestra.domain.addresses import networks_of
from orchestra.engine.engine import Engine
from orchestra.gateway.egress import ways_for
from orchestra.gateway.prober import Prober
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
from orchestra.services.retention import Retention
from orchestra.services.schedules import ScheduleService
from orchestra.services.secrets import SecretService
from orchestra.services.system import SystemService
from orchestra.services.watch import Watch
from orchestra.services.webhooks import WebhookService
from orchestra_storage.metrics import Metrics


def services_over(ground: Ground, engine: Engine) -> Services:
    """All services; each is made once, when another first asks for it."""
    making = _Making(ground, engine)
    return Services(**{field.name: getattr(making, field.name) for field in fields(Services)})


class _Making:
    """One property for each service, of its name in `Services`: what it stands on is made before it."""

    def __init__(self, ground: Ground, engine: Engine) -> None:
        self._ground = ground
        self._engine = engine
        self._settings = ground.settings
        self._storage = ground.storage
        self._bus = ground.bus
        self._prober = Prober(ways_for(ground.egress, ground.settings.provider_proxy))

    @cached_property
    def agents(self) -> AgentService:
        return AgentService(
            self._storage,
            self._bus,
            self.frameworks,
            self.configurations,
            self.executions,
            self.deletions,
            self.environments,
        )

    @cached_property
    def configurations(self) -> ConfigurationService:
        return ConfigurationService(self._storage, self.frameworks)

    @cached_property
    def executions(self) -> ExecutionService:
        return ExecutionService(
            self._storage,
            self._ground.history,
            self._bus,
            self._engine,
            self._ground.ingest,
            self.frameworks,
            self.watch,
        )

    @cached_property
    def artifacts(self) -> ArtifactService:
        return ArtifactService(
            self.executions, self._settings.runs, self._ground.redactor, self._settings.artifact_days
        )

    @cached_property
    def admissions(self) -> Admissions:
        return Admissions(self._storage)

    @cached_property
    def watch(self) -> Watch:
        return Watch(self._storage, self._bus, self.admissions)

    @cached_property
    def deletions(self) -> Deletions:
        return Deletions(
            self._storage,
            self._ground.history,
            self._bus,
            self.executions,
            self._settings.runs,
            self._settings.agents,
        )

    @cached_property
    def retention(self) -> Retention:
        return Retention(self._storage, self._settings.runs, self._settings.artifact_days)

    @cached_property
    def changes(self) -> ChangeService:
        return ChangeService(self._bus)

    @cached_property
    def frameworks(self) -> FrameworkService:
        return FrameworkService(
            self._ground.registry, lambda: [one.name for one in self.directory.offered()], self.deployer
        )

    @cached_property
    def environments(self) -> EnvironmentService:
        return EnvironmentService(
            self._storage, self._bus, self._ground.derivations, self._ground.layout, self.deployer, self.watch
        )

    @cached_property
    def deployer(self) -> Deployer:
        return Deployer(
            self._storage,
            self._bus,
            self._ground.derivations,
            self._engine,
            self._ground.layout,
            build_on_start=self._settings.build_on_start,
            may_download_python=self._settings.python_downloads,
        )

    @cached_property
    def identity(self) -> IdentityService:
        return IdentityService(self._storage, self._bus, self.admissions, self._settings.session_days)

    @cached_property
    def keys(self) -> KeyService:
        return KeyService(self._storage, self.identity)

    @cached_property
    def people(self) -> PeopleService:
        return PeopleService(self._storage, self.identity, self.agents, self.deletions)

    @cached_property
    def plugins(self) -> PluginService:
        return PluginService(
            self._storage,
            self._bus,
            self._ground.registry,
            self._ground.models,
            self.watch,
            may_install=self._settings.plugin_installs,
        )

    @cached_property
    def directory(self) -> Directory:
        return Directory(
            self._storage, self._ground.vault, self._ground.egress, self._prober, self._ground.models.names
        )

    @cached_property
    def providers(self) -> ProviderService:
        return ProviderService(
            self._storage,
            self._bus,
            self._ground.vault,
            self._ground.egress,
            self._prober,
            self.directory.forget,
        )

    @cached_property
    def models(self) -> ModelService:
        return ModelService(self._storage, self._bus, self.directory, self._ground.models.names, self.directory.forget)

    @cached_property
    def secrets(self) -> SecretService:
        return SecretService(self._storage, self._ground.vault)

    @cached_property
    def projects(self) -> ProjectService:
        return ProjectService(self._ground.registry.frameworks)

    @cached_property
    def queue(self) -> QueueService:
        return QueueService(self._storage, self._bus, self._engine)

    @cached_property
    def questions(self) -> QuestionService:
        return QuestionService(self._storage, self._bus, self._settings.runs)

    @cached_property
    def schedules(self) -> ScheduleService:
        return ScheduleService(self._storage, self._bus, self.frameworks, self.executions)

    @cached_property
    def webhooks(self) -> WebhookService:
        return WebhookService(self._storage, self._bus, self._ground.vault, networks_of(self._settings.webhook_allow))

    @cached_property
    def hooks(self) -> HookService:
        return HookService(self._storage, self._ground.vault, self.frameworks, self.executions)

    @cached_property
    def system(self) -> SystemService:
        return SystemService(self._storage)

    @cached_property
    def dashboard(self) -> DashboardService:
        return DashboardService(
            self._storage, Metrics(self._ground.history), self._bus, self.watch, self._ground.ingest
        )

    @cached_property
    def budgets(self) -> BudgetService:
        return BudgetService(self._storage, self._ground.books.budgets)

    @cached_property
    def prices(self) -> PriceService:
        return PriceService(self._storage, self._ground.books.prices)

    @cached_property
    def model_calls(self) -> ModelCallService:
        return ModelCallService(self._ground.history, self._ground.books.calls, self.executions)

    @cached_property
    def health(self) -> HealthService:
        return HealthService(
            self._storage,
            self._ground.history,
            self._engine,
            self._settings.data_dir,
            self.directory,
            self._ground.egress,
        )
