"""Frameworks with their environments, and the plugins that bring them."""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

from orchestra.client.calls import Listing, Request, Waiting
from orchestra.client.events import Flow, data_of
from orchestra.client.executions import Confirmation
from orchestra.client.fields import body_of, path_of
from orchestra.client.groups import D, Group, operation, series
from orchestra.client.patience import STREAM_PAUSES
from orchestra.client.steps import ServerEvent

State = Literal["ready", "outdated", "not_installed", "building", "failed", "broken"]
Phase = Literal["start", "resolve", "fetch", "build", "install", "check"]


class Sample(TypedDict):
    id: str
    title: str
    description: str
    configurationId: str
    configuration: dict[str, Any]
    input: dict[str, Any]


class Environment(TypedDict):
    """`sizeBytes` is what it takes on the disk alone."""

    name: str
    python: str
    packages: int
    sizeBytes: int
    builtAt: str


class Progress(TypedDict):
    """`done` of `total` packages in this phase; `package` is the one that was begun last."""

    phase: Phase
    done: int
    total: int
    package: NotRequired[str]


class Framework(TypedDict):
    """`message` says how it is, and what to do; `progress` is there while it is installed."""

    id: str
    title: str
    description: str
    version: str
    license: str
    homepage: str
    python: str
    state: State
    message: str
    needsEnvironment: bool
    pythonFound: NotRequired[str]
    expectedBytes: NotRequired[int]
    environment: NotRequired[Environment]
    progress: NotRequired[Progress]


class FrameworkDetailed(Framework):
    """`configSchema` is a JSON Schema."""

    configSchema: dict[str, Any]
    samples: list[Sample]


class Plugin(TypedDict):
    name: str
    module: str
    distribution: NotRequired[str]
    version: NotRequired[str]
    state: str
    error: NotRequired[str]
    frameworks: list[str]
    loadMs: float
    builtIn: bool


class FoundAgent(TypedDict):
    """`problem` says why it would not run, if that can be seen."""

    name: str
    kind: str
    description: str
    configuration: dict[str, Any]
    problem: NotRequired[str]


class Project(TypedDict):
    """A project as one framework reads it; `variables` are names only, `notes` sentences for who imports it."""

    framework: str
    title: str
    source: str
    agents: list[FoundAgent]
    dependencies: list[str]
    variables: list[str]
    notes: list[str]


class Projects(TypedDict):
    projects: list[Project]


class Disk(TypedDict):
    """Bytes on the disk, files counted once that environments share: of all, of the cache alone, and what is free."""

    totalBytes: int
    cacheBytes: int
    freeBytes: int


class Overview(TypedDict):
    frameworks: list[Framework]
    disk: Disk


class Diagnosis(TypedDict):
    """`problems` are sentences that say what is wrong, and what to do."""

    name: str
    framework: str
    healthy: bool
    sizeBytes: int
    problems: list[str]


class Checkup(TypedDict):
    healthy: bool
    environments: list[Diagnosis]
    disk: Disk


class Removal(TypedDict):
    """`removed` names environments."""

    message: str
    removed: list[str]
    disk: Disk


class InstallLog(TypedDict):
    log: str


class Frameworks(Group[D]):
    @series
    def list(self) -> Listing[Framework]:
        """All frameworks."""
        return Listing(Request("GET", path_of("frameworks")), "frameworks")

    @operation
    def overview(self) -> Request[Overview]:
        """All frameworks, with what their environments take on the disk."""
        return Request("GET", path_of("frameworks"))

    @operation
    def get(self, framework_id: str) -> Request[FrameworkDetailed]:
        """The framework, with its configuration's schema and its samples."""
        return Request("GET", path_of("frameworks", framework_id))

    @operation
    def install(self, framework_id: str) -> Request[Framework]:
        """Begin to install what it needs, or join the install that is under way; `wait` or `follow` it to its end.

        Nothing is done twice, so a lost answer is asked for again.
        """
        return Request("POST", path_of("frameworks", framework_id, "install"), is_deduplicated=True)

    @operation
    def repair(self, framework_id: str) -> Request[Framework]:
        """Begin to build its environment anew; the one that is there serves meanwhile."""
        return Request("POST", path_of("frameworks", framework_id, "repair"))

    @operation
    def cancel(self, framework_id: str) -> Request[Framework]:
        """Break off its install; nothing is done if none is under way."""
        return Request("POST", path_of("frameworks", framework_id, "cancel"))

    @operation
    def wait(self, framework_id: str, *, timeout_seconds: float | None = None) -> Waiting[FrameworkDetailed]:
        """The framework once it is not being installed (any more); TimeoutError if it is by then.

        Whether that went well is in its `state` and `message`.
        """
        return Waiting(
            Request("GET", path_of("frameworks", framework_id), pauses=STREAM_PAUSES),
            is_settled,
            timeout_seconds,
            f"The install has not ended within {timeout_seconds} seconds. It goes on.",
        )

    @series
    def follow(self, framework_id: str) -> Flow[Framework]:
        """How it is now, and while it is being installed, each time that goes on; the last one is what that led to."""
        request: Request[Any] = Request("GET", path_of("frameworks", framework_id, "progress"))
        return Flow(request, _shown, is_settled, parting="Ask later how the install went.")

    @operation
    def log(self, framework_id: str) -> Request[InstallLog]:
        """What was said while it was installed the last time; empty if it never was."""
        return Request("GET", path_of("frameworks", framework_id, "log"))

    @operation
    def remove(self, framework_id: str) -> Request[Confirmation]:
        """Remove its environment; ApiError `in_use` while executions need it."""
        return Request("DELETE", path_of("frameworks", framework_id, "environment"))

    @operation
    def remove_unused(self) -> Request[Removal]:
        """Remove every environment that no agent needs."""
        return Request("DELETE", path_of("frameworks", "unused"))

    @operation
    def doctor(self) -> Request[Checkup]:
        """Look whether each environment works, and is what its lock says; that takes seconds for each."""
        return Request("GET", path_of("frameworks", "doctor"), pauses=())

    @operation
    def read_projects(self, path: str) -> Request[Projects]:
        """What agents could be made of a project at a path of the server's machine; nothing of it is run."""
        return Request("POST", path_of("projects", "read"), body=body_of(path=path), is_deduplicated=True)

    @series
    def plugins(self) -> Listing[Plugin]:
        """All plugins, the broken ones with their errors."""
        return Listing(Request("GET", path_of("plugins")), "plugins")


def is_settled(framework: Mapping[str, Any]) -> bool:
    return framework["state"] != "building"


def _shown(got: ServerEvent) -> Framework:
    told: Any = data_of(got)
    return told
