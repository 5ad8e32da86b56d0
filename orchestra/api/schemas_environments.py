"""The shapes of frameworks with their environments."""

from datetime import datetime
from typing import Any

from orchestra.api.schemas import ABSENT, Shape
from orchestra.api.schemas_configurations import SampleOut
from orchestra.domain.environments import (
    Diagnosis,
    DiskUse,
    Environment,
    EnvironmentFacts,
    EnvironmentState,
    Phase,
    Progress,
)
from orchestra.domain.frameworks import Framework


class EnvironmentOut(Shape):
    name: str
    python: str
    packages: int
    size_bytes: int
    built_at: datetime

    @staticmethod
    def of_environment(one: Environment) -> "EnvironmentOut":
        return EnvironmentOut(
            name=one.name,
            python=one.python_version,
            packages=one.packages,
            size_bytes=one.size_bytes,
            built_at=one.built_at,
        )


class ProgressOut(Shape):
    phase: Phase
    done: int
    total: int
    package: str = ABSENT

    @staticmethod
    def of_progress(one: Progress) -> "ProgressOut":
        return ProgressOut.of(phase=one.phase, done=one.done, total=one.total, package=one.package)


class FrameworkOut(Shape):
    id: str
    title: str
    description: str
    version: str
    license: str
    homepage: str
    python: str
    state: EnvironmentState
    message: str
    needs_environment: bool
    python_found: str = ABSENT
    expected_bytes: int = ABSENT
    environment: EnvironmentOut = ABSENT
    progress: ProgressOut = ABSENT

    @classmethod
    def of_framework(cls, one: Framework, facts: EnvironmentFacts, **more: Any) -> Any:
        return cls.of(
            id=one.id,
            title=one.title,
            description=one.description,
            version=one.version,
            license=one.license,
            homepage=one.homepage,
            python=one.python,
            state=facts.state,
            message=facts.message,
            needs_environment=facts.needs_environment,
            python_found=facts.python_found,
            expected_bytes=facts.expected_bytes,
            environment=EnvironmentOut.of_environment(facts.environment) if facts.environment else None,
            progress=ProgressOut.of_progress(facts.progress) if facts.progress else None,
            **more,
        )


class FrameworkDetailedOut(FrameworkOut):
    config_schema: dict[str, Any]
    samples: list[SampleOut]


class DiskOut(Shape):
    total_bytes: int
    cache_bytes: int
    free_bytes: int

    @staticmethod
    def of_use(use: DiskUse) -> "DiskOut":
        return DiskOut(total_bytes=use.total_bytes, cache_bytes=use.cache_bytes, free_bytes=use.free_bytes)


class FrameworksOut(Shape):
    frameworks: list[FrameworkOut]
    disk: DiskOut


class DiagnosisOut(Shape):
    name: str
    framework: str
    healthy: bool
    size_bytes: int
    problems: list[str]

    @staticmethod
    def of_diagnosis(one: Diagnosis) -> "DiagnosisOut":
        return DiagnosisOut(
            name=one.name,
            framework=one.framework,
            healthy=one.healthy,
            size_bytes=one.size_bytes,
            problems=list(one.problems),
        )


class DoctorOut(Shape):
    healthy: bool
    environments: list[DiagnosisOut]
    disk: DiskOut


class RemovedOut(Shape):
    message: str
    removed: list[str]
    disk: DiskOut


class InstallLogOut(Shape):
    log: str
