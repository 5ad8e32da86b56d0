"""The shapes of plugins, and of the work on their packages."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from orchestra.api.schemas import ABSENT, Shape
from orchestra.domain.plugins import PackageChange, PluginRecord, PluginWork


class PluginOut(Shape):
    name: str
    module: str
    distribution: str = ABSENT
    version: str = ABSENT
    state: str
    error: str = ABSENT
    frameworks: list[str]
    load_ms: float
    built_in: bool

    @staticmethod
    def of_record(record: PluginRecord) -> "PluginOut":
        return PluginOut.of(
            name=record.name,
            module=record.module,
            distribution=record.distribution,
            version=record.version,
            state=record.state.value,
            error=record.error,
            frameworks=list(record.frameworks),
            load_ms=record.load_ms,
            built_in=record.is_built_in,
        )


class PackageChangeOut(Shape):
    name: str
    before: str = ABSENT
    after: str = ABSENT

    @staticmethod
    def of_change(change: PackageChange) -> "PackageChangeOut":
        return PackageChangeOut.of(name=change.name, before=change.before, after=change.after)


class PluginWorkOut(Shape):
    busy: bool
    failed: bool
    message: str
    changes: list[PackageChangeOut]

    @staticmethod
    def of_work(work: PluginWork) -> "PluginWorkOut":
        changes = [PackageChangeOut.of_change(change) for change in work.changes]
        return PluginWorkOut(busy=work.busy, failed=work.failed, message=work.message, changes=changes)


class PluginsOut(Shape):
    plugins: list[PluginOut]
    work: PluginWorkOut

    @staticmethod
    def of_records(records: Sequence[PluginRecord], work: PluginWork) -> "PluginsOut":
        return PluginsOut(plugins=[PluginOut.of_record(one) for one in records], work=PluginWorkOut.of_work(work))


class PackageIn(Shape):
    package: Annotated[str, Field(min_length=1, max_length=200, description="As pip takes it: hello, hello>=1.2.")]
    upgrade: bool = False


class PlanOut(Shape):
    changes: list[PackageChangeOut]


class PluginLogOut(Shape):
    log: str
