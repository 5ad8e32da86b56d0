"""Saved configurations and templates."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from orchestra.client.calls import Listing, Request, paged
from orchestra.client.executions import Confirmation
from orchestra.client.fields import body_of, path_of
from orchestra.client.groups import D, Group, operation, series


class UserRef(TypedDict):
    name: str


class Configuration(TypedDict):
    """`usageCount` counts the agents that were made of it; times are ISO 8601."""

    id: str
    name: str
    description: NotRequired[str]
    framework: str
    configuration: dict[str, Any]
    isTemplate: bool
    isPublic: bool
    usageCount: int
    createdAt: str
    updatedAt: str
    user: UserRef


class Configurations(Group[D]):
    @series
    def list(
        self,
        *,
        framework: str | None = None,
        template: bool | None = None,
        public: bool | None = None,
        search: str | None = None,
        limit: int | None = None,
    ) -> Listing[Configuration]:
        """What is saved; with `public`, also what others share and the samples of plugins."""
        filters = {"framework": framework, "template": template, "public": public, "search": search}
        return paged(path_of("configurations"), "configurations", limit, filters)

    @operation
    def create(
        self,
        name: str,
        framework: str,
        configuration: Mapping[str, Any],
        *,
        description: str | None = None,
        is_template: bool | None = None,
        is_public: bool | None = None,
    ) -> Request[Configuration]:
        """Save a configuration."""
        body = body_of(
            name=name,
            framework=framework,
            configuration=configuration,
            description=description,
            is_template=is_template,
            is_public=is_public,
        )
        return Request("POST", path_of("configurations"), body=body)

    @operation
    def get(self, configuration_id: str) -> Request[Configuration]:
        """The configuration."""
        return Request("GET", path_of("configurations", configuration_id))

    @operation
    def update(
        self,
        configuration_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        configuration: Mapping[str, Any] | None = None,
        is_template: bool | None = None,
        is_public: bool | None = None,
    ) -> Request[Configuration]:
        """Change what is given; agents that were made of it stay as they are."""
        body = body_of(
            name=name,
            description=description,
            configuration=configuration,
            is_template=is_template,
            is_public=is_public,
        )
        return Request("PUT", path_of("configurations", configuration_id), body=body)

    @operation
    def delete(self, configuration_id: str) -> Request[Confirmation]:
        """Delete it; agents that were made of it stay as they are."""
        return Request("DELETE", path_of("configurations", configuration_id))
