"""Frameworks, and the plugins that bring them."""

from typing import Any, NotRequired, TypedDict

from orchestra.client.calls import Listing, Request
from orchestra.client.fields import path_of
from orchestra.client.groups import D, Group, operation, series


class Sample(TypedDict):
    id: str
    title: str
    description: str
    configurationId: str
    configuration: dict[str, Any]
    input: dict[str, Any]


class Framework(TypedDict):
    id: str
    title: str
    description: str
    version: str
    license: str
    homepage: str
    python: str
    state: str
    message: str


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


class Frameworks(Group[D]):
    @series
    def list(self) -> Listing[Framework]:
        """All frameworks that are installed."""
        return Listing(Request("GET", path_of("frameworks")), "frameworks")

    @operation
    def get(self, framework_id: str) -> Request[FrameworkDetailed]:
        """The framework, with its configuration's schema and its samples."""
        return Request("GET", path_of("frameworks", framework_id))

    @series
    def plugins(self) -> Listing[Plugin]:
        """All plugins, the broken ones with their errors."""
        return Listing(Request("GET", path_of("plugins")), "plugins")
