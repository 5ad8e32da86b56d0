"""Finds plugins, loads them one by one, keeps a broken one from hurting the rest, and lists them."""

import importlib
import importlib.metadata
import logging
import sys
import threading
import time
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import replace
from pathlib import Path

from orchestra import hookspecs
from orchestra.domain.frameworks import Framework, scripted_model
from orchestra.domain.plugins import PluginRecord, PluginState
from orchestra.loading import Loaded, load

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0  # for one plugin
_PATIENCE_IN_ALL_SECONDS = 10.0  # a start is held up no longer, however many plugins hang
_LEAST_PATIENCE_SECONDS = 0.5


class Registry:
    """The plugins of this installation; may be used from any thread. What is read is as of one moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frameworks = _Frameworks()
        self._records: tuple[PluginRecord, ...] = ()
        self._left = _PATIENCE_IN_ALL_SECONDS
        self._ever_loaded: set[str] = set()

    def load(self, entry_points: Iterable[importlib.metadata.EntryPoint] | None = None) -> None:
        """Load each entry point of the group `orchestra` (or those given); never raises for a plugin's fault."""
        with self._lock:
            self._load(_installed() if entry_points is None else entry_points)

    def refresh(self) -> Sequence[PluginRecord]:
        """Load what was installed since, and take out what was uninstalled; the records of what is new.

        A plugin that was loaded once is not loaded again, since its modules cannot be exchanged in a running process.
        """
        importlib.invalidate_caches()
        with self._lock:
            found = list(_installed())
            there = {(entry_point.name, entry_point.value) for entry_point in found}
            gone = [one for one in self._records if (one.name, one.module) not in there]
            # What failed for want of something may work now; what is half imported will not.
            again = [one for one in self._records if not one.is_loaded and _top(one.module) not in sys.modules]
            self._forget([*gone, *again])
            known = {(one.name, one.module) for one in self._records}
            new = [one for one in found if (one.name, one.value) not in known]
            self._left = _PATIENCE_IN_ALL_SECONDS
            return self._load(new)

    @property
    def plugins(self) -> tuple[PluginRecord, ...]:
        return self._records

    @property
    def frameworks(self) -> Mapping[str, Framework]:
        """The usable frameworks by id; the same object for ever, which shows what there is now."""
        return self._frameworks

    def scripts(self) -> dict[str, Path]:
        """The scripted model's scripts: model name → file, one for each sample that has one."""
        return {
            scripted_model(framework.id, sample.id): sample.script
            for framework in self._frameworks.values()
            for sample in framework.samples
            if sample.script is not None
        }

    def _load(self, entry_points: Iterable[importlib.metadata.EntryPoint]) -> Sequence[PluginRecord]:
        new: list[PluginRecord] = []
        found = [(_record_of(entry_point), entry_point) for entry_point in entry_points]
        # Ours come first: a stranger that takes the id of one of ours must not put ours out.
        for plain, entry_point in sorted(found, key=lambda one: (not one[0].is_built_in, one[0].name)):
            record = self._load_one(plain, entry_point)
            self._records = tuple(sorted((*self._records, record), key=lambda one: one.name))
            new.append(record)
            if not record.is_loaded:
                log.warning("The plugin %r was left out: %s", record.name, record.error)
        return new

    def _load_one(self, plain: PluginRecord, entry_point: importlib.metadata.EntryPoint) -> PluginRecord:
        if any(record.name == plain.name for record in self._records):
            words = f"The name '{plain.name[:60]}' is already taken by another plugin."
            return replace(plain, state=PluginState.FAILED, error=words)
        if plain.module in self._ever_loaded:
            words = "It was replaced while the server ran. Restart the server to use it."
            return replace(plain, state=PluginState.FAILED, error=words)
        began = time.monotonic()
        loaded = load(entry_point, min(PATIENCE_SECONDS, max(_LEAST_PATIENCE_SECONDS, self._left)))
        self._left -= time.monotonic() - began
        if taken := [one.id for one in loaded.frameworks if one.id in self._frameworks]:
            words = f"The framework id '{taken[0]}' is already taken by another plugin."
            loaded = Loaded(state=PluginState.FAILED, error=words, load_ms=loaded.load_ms)
        if loaded.state is PluginState.LOADED:
            self._ever_loaded.add(plain.module)
        self._frameworks.put({framework.id: framework for framework in loaded.frameworks})
        return replace(
            plain,
            state=loaded.state,
            error=loaded.error,
            load_ms=loaded.load_ms,
            frameworks=tuple(framework.id for framework in loaded.frameworks),
        )

    def _forget(self, records: Sequence[PluginRecord]) -> None:
        self._records = tuple(one for one in self._records if one not in records)
        self._frameworks.remove({framework for one in records for framework in one.frameworks})


class _Frameworks(Mapping[str, Framework]):
    """Frameworks by id. They are exchanged as a whole, so whoever goes through them is not disturbed."""

    def __init__(self) -> None:
        self._now: dict[str, Framework] = {}

    def put(self, more: Mapping[str, Framework]) -> None:
        self._now = {**self._now, **more}

    def remove(self, ids: set[str]) -> None:
        self._now = {id: framework for id, framework in self._now.items() if id not in ids}

    def __getitem__(self, id: str) -> Framework:
        return self._now[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def values(self) -> ValuesView[Framework]:
        return self._now.values()

    def items(self) -> ItemsView[str, Framework]:
        return self._now.items()


def _installed() -> Iterable[importlib.metadata.EntryPoint]:
    return importlib.metadata.entry_points(group=hookspecs.PROJECT)


def _top(module: str) -> str:
    return module.partition(":")[0].partition(".")[0]


def _record_of(entry_point: importlib.metadata.EntryPoint) -> PluginRecord:
    """Who it is, as if it were loaded."""
    return PluginRecord(
        name=entry_point.name,
        module=entry_point.value,
        distribution=entry_point.dist.name if entry_point.dist else None,
        version=entry_point.dist.version if entry_point.dist else None,
        state=PluginState.LOADED,
    )
