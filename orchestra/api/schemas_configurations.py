"""The shapes of saved configurations and of frameworks."""

from datetime import datetime
from typing import Any

from orchestra.api.schemas import ABSENT, Name, PaginationOut, Shape
from orchestra.domain.configurations import Configuration


class UserRefOut(Shape):
    name: str


class ConfigurationOut(Shape):
    id: str
    name: str
    description: str = ABSENT
    framework: str
    configuration: dict[str, Any]
    is_template: bool
    is_public: bool
    usage_count: int
    created_at: datetime
    updated_at: datetime
    user: UserRefOut

    @staticmethod
    def of_configuration(one: Configuration) -> "ConfigurationOut":
        return ConfigurationOut.of(
            id=one.id,
            name=one.name,
            description=one.description,
            framework=one.framework,
            configuration=dict(one.configuration),
            is_template=one.is_template,
            is_public=one.is_public,
            usage_count=one.usage_count,
            created_at=one.created_at,
            updated_at=one.updated_at,
            user=UserRefOut(name=one.owner_name),
        )


class ConfigurationsOut(Shape):
    configurations: list[ConfigurationOut]
    pagination: PaginationOut


class SaveConfigurationIn(Shape):
    name: Name
    description: str = ABSENT
    framework: str
    configuration: dict[str, Any]
    is_template: bool = False
    is_public: bool = False


class UpdateConfigurationIn(Shape):
    name: Name = ABSENT
    description: str = ABSENT
    configuration: dict[str, Any] = ABSENT
    is_template: bool = ABSENT
    is_public: bool = ABSENT


class SampleOut(Shape):
    id: str
    title: str
    description: str
    configuration_id: str
    configuration: dict[str, Any]
    input: dict[str, Any]
