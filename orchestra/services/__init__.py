"""Everything a person can ask for, used alike by REST, screens and command line."""

from dataclasses import dataclass

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

__all__ = ["Services"]


@dataclass(frozen=True, slots=True)
class Services:
    agents: AgentService
    configurations: ConfigurationService
    executions: ExecutionService
    artifacts: ArtifactService
    admissions: Admissions
    watch: Watch
    deletions: Deletions
    retention: Retention
    changes: ChangeService
    frameworks: FrameworkService
    environments: EnvironmentService
    deployer: Deployer
    identity: IdentityService
    keys: KeyService
    people: PeopleService
    plugins: PluginService
    directory: Directory
    providers: ProviderService
    models: ModelService
    secrets: SecretService
    projects: ProjectService
    queue: QueueService
    questions: QuestionService
    schedules: ScheduleService
    webhooks: WebhookService
    hooks: HookService
    system: SystemService
    dashboard: DashboardService
    budgets: BudgetService
    prices: PriceService
    model_calls: ModelCallService
    health: HealthService
