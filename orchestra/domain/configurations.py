"""Configurations that people save to make agents of, and those that plugins bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

from orchestra.domain.frameworks import Framework, Sample

SAMPLES_OWNER = "AgentOrchestra"
_SAMPLES_SINCE = datetime(2026, 11, 23, tzinfo=UTC)  # they have no date of their own


@dataclass(frozen=True, slots=True)
class Configuration:
    """A saved configuration; `owner_id` is None for a plugin's sample, which nobody can change."""

    id: str
    owner_id: str | None
    owner_name: str
    name: str
    framework: str
    configuration: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    is_template: bool = False
    is_public: bool = False
    usage_count: int = 0


class ConfigurationChanges(TypedDict, total=False):
    """What may be changed of a configuration; what is absent stays as it is."""

    name: str
    description: str | None
    configuration: Mapping[str, Any]
    is_template: bool
    is_public: bool


def sample_id(framework: str, sample: str) -> str:
    """The id under which a plugin's sample is found among the configurations."""
    return f"sample-{framework}-{sample}"


def configuration_of_sample(framework: Framework, sample: Sample, usage_count: int) -> Configuration:
    """A plugin's sample as a public template."""
    return Configuration(
        id=sample_id(framework.id, sample.id),
        owner_id=None,
        owner_name=SAMPLES_OWNER,
        name=sample.title,
        framework=framework.id,
        configuration=sample.configuration,
        created_at=_SAMPLES_SINCE,
        updated_at=_SAMPLES_SINCE,
        description=sample.description,
        is_template=True,
        is_public=True,
        usage_count=usage_count,
    )


def matches(configuration: Configuration, search: str) -> bool:
    """Whether name or description holds the text, whatever its case."""
    wanted = search.casefold()
    return wanted in configuration.name.casefold() or wanted in (configuration.description or "").casefold()
