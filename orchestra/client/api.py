"""All operations of a server, in groups; the same ones for both clients."""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

from orchestra.client.agents import Agents
from orchestra.client.budgets import Budgets
from orchestra.client.calls import Request
from orchestra.client.configurations import Configurations
from orchestra.client.dashboard import Dashboard
from orchestra.client.executions import Executions
from orchestra.client.fields import path_of
from orchestra.client.frameworks import Frameworks
from orchestra.client.groups import D, Group, operation
from orchestra.client.hooks import Hooks
from orchestra.client.people import Keys, Myself, Users
from orchestra.client.prices import Prices
from orchestra.client.providers import Models, Providers
from orchestra.client.queue import Queue
from orchestra.client.schedules import Schedules
from orchestra.client.webhooks import Webhooks


class HealthCheck(TypedDict):
    """`responseTime` is in milliseconds."""

    status: str
    responseTime: NotRequired[float]
    message: str
    details: NotRequired[dict[str, Any]]


class Health(TypedDict):
    """`uptime` is in milliseconds."""

    status: str
    timestamp: str
    version: str
    uptime: int
    checks: dict[str, HealthCheck]
    metrics: dict[str, Any]


class Rotation(TypedDict):
    """`secrets` is how many there are."""

    message: str
    secrets: int


class Api(Group[D]):
    def __init__(self, driver: D) -> None:
        super().__init__(driver)
        self.agents = Agents(driver)
        self.executions = Executions(driver)
        self.queue = Queue(driver)
        self.schedules = Schedules(driver)
        self.configurations = Configurations(driver)
        self.frameworks = Frameworks(driver)
        self.providers = Providers(driver)
        self.models = Models(driver)
        self.webhooks = Webhooks(driver)
        self.hooks = Hooks(driver)
        self.dashboard = Dashboard(driver)
        self.budgets = Budgets(driver)
        self.prices = Prices(driver)
        self.keys = Keys(driver)
        self.users = Users(driver)
        self.me = Myself(driver)

    @operation
    def health(self) -> Request[Health]:
        """How the server is, also if it is not well; needs no key."""
        return Request("GET", path_of("health"), accepted=frozenset({503}))

    @operation
    def rotate_secrets(self) -> Request[Rotation]:
        """Encrypt every stored secret with a new key."""
        return Request("POST", path_of("secrets", "rotate"))

    @operation
    def call(
        self,
        method: Literal["GET", "POST", "PUT", "DELETE"],
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Request[Any]:
        """Whatever else there is at a path, such as /api/openapi.json: the answer's JSON."""
        return Request(method, path, params or {}, json, headers or {})
