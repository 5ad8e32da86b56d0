"""Examines a plugin as its users would meet it: declaration, environment, and trials of every sample."""

import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestra.domain.frameworks import Framework, Sample, scripted_model
from orchestra.domain.plugins import PluginRecord
from orchestra.environments.builder import Build
from orchestra.environments.builds import no_python
from orchestra.environments.catalog import interpreter_for, is_wanted, recipe_for, usable
from orchestra.environments.commands import Stop
from orchestra.environments.interpreters import choose, find_pythons
from orchestra.environments.layout import Layout
from orchestra.errors import Invalid, NotFound, OrchestraError, Unavailable
from orchestra.gateway.script_parsing import parse_script
from orchestra.registry import Registry
from orchestra.services.configuration import faults_of, with_defaults
from orchestra.testing import checks
from orchestra.testing.gateway import TrialGateway
from orchestra.testing.trial import Stage

TIMEOUT_SECONDS = 120.0
_REFUSALS = (402, 403)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: well, unless it has a `problem`, or a `note` that says why nothing could be found."""

    check: str
    subject: str
    problem: str | None = None
    note: str | None = None


def examine(name: str, data_dir: Path, timeout_seconds: float = TIMEOUT_SECONDS) -> Iterator[Finding]:
    """Each finding about a plugin (or one of its frameworks) that is installed, as it comes; NotFound without one.

    Environments are those of the data folder, built if they are not there.
    """
    registry = Registry()
    registry.load()
    record = next((one for one in registry.plugins if name in {one.name, one.distribution, *one.frameworks}), None)
    if record is None:
        raise NotFound("plugin", name)
    yield from _loading(record)
    scripts = registry.scripts()
    for id in record.frameworks:
        if name in {record.name, record.distribution, id}:
            yield from examine_framework(registry.frameworks[id], scripts, data_dir, timeout_seconds)


def examine_framework(
    framework: Framework, scripts: Mapping[str, Path], data_dir: Path, timeout_seconds: float = TIMEOUT_SECONDS
) -> Iterator[Finding]:
    """The same for one framework; `scripts` has the scripted models by name."""
    yield from _findings("config schema", framework.id, checks.schema_problems(framework))
    yield from _findings("samples", framework.id, checks.sample_problems(framework))
    yield from _findings("scripts", framework.id, _script_problems(framework))
    try:
        command = _interpreter(framework, data_dir)
    except OrchestraError as error:
        yield Finding("environment", framework.id, error.message)
        return
    yield Finding("environment", framework.id)
    runnable = [sample for sample in framework.samples if _runs(framework, sample)]
    if not runnable:
        note = "It has no sample that fits its schema and has a script, so nothing can be tried."
        yield Finding("trials", framework.id, note=note)
    with tempfile.TemporaryDirectory(prefix="orchestra-check.") as folder, TrialGateway(scripts) as gateway:
        stage = Stage(command, framework.worker, gateway, Path(folder), timeout_seconds)
        for sample in runnable:
            yield from _Trials(framework, sample, stage).all()


class _Trials:
    """The trials of one sample."""

    def __init__(self, framework: Framework, sample: Sample, stage: Stage) -> None:
        self._subject = f"{framework.id}/{sample.id}"
        self._sample = sample
        self._stage = stage
        self._planted, configuration = _with_secrets(framework, sample.configuration)
        self._configuration = with_defaults(framework, configuration)

    def all(self) -> Iterator[Finding]:
        yield from self._run()
        yield from self._stop()
        for status in _REFUSALS:
            yield from self._refuse(status)

    def _run(self) -> Iterator[Finding]:
        self._stage.gateway.answer()
        trial = self._stage.run(self._configuration, self._sample.input)
        yield from self._findings("completes", checks.completion_problems(trial))
        yield from self._findings("events are in order", checks.order_problems(trial))
        yield from self._findings("printed lines stay log lines", checks.output_problems(trial))
        yield from self._findings("no network but the gateway", checks.network_problems(trial))
        yield from self._findings("no file outside its folder", checks.file_problems(trial))
        yield from self._findings("no secret in the log", checks.secret_problems(trial, self._planted))

    def _stop(self) -> Iterator[Finding]:
        gateway, check = self._stage.gateway, "stops when it is asked to"
        gateway.hold()
        trial = self._stage.run(self._configuration, self._sample.input, stop_when=lambda: gateway.calls > 0)
        if not trial.was_stopped:
            yield Finding(check, self._subject, note="It asked no model, so it ended before it could be stopped.")
            return
        yield from self._findings(check, checks.cancel_problems(trial, self._stage.limits.grace_seconds))
        yield from self._findings("stopped: events are in order", checks.order_problems(trial))

    def _refuse(self, status: int) -> Iterator[Finding]:
        check = f"fails when its model is refused ({status})"
        self._stage.gateway.refuse(status)
        trial = self._stage.run(self._configuration, self._sample.input)
        if trial.calls == 0:
            yield Finding(check, self._subject, note="It asked no model, so nothing could be refused.")
            return
        yield from self._findings(check, checks.refusal_problems(trial, status))
        yield from self._findings(
            f"refused ({status}): no secret in the log", checks.secret_problems(trial, self._planted)
        )

    def _findings(self, check: str, problems: Iterable[str]) -> Sequence[Finding]:
        return _findings(check, self._subject, problems)


def _findings(check: str, subject: str, problems: Iterable[str]) -> Sequence[Finding]:
    found = [Finding(check, subject, problem) for problem in problems]
    return found or [Finding(check, subject)]


def _loading(record: PluginRecord) -> Sequence[Finding]:
    return _findings("loads", record.name, [record.error or record.state.value] if not record.is_loaded else [])


def _runs(framework: Framework, sample: Sample) -> bool:
    return sample.script is not None and not faults_of(framework, sample.configuration)


def _script_problems(framework: Framework) -> Iterator[str]:
    for sample in framework.samples:
        if sample.script is None:
            continue
        try:
            parse_script(sample.script.read_text("utf-8"), scripted_model(framework.id, sample.id))
        except Invalid as error:
            yield error.message
        except (OSError, ValueError) as error:
            yield f"The script of the sample '{sample.id}' cannot be read: {error}."


def _interpreter(framework: Framework, data_dir: Path) -> Sequence[str]:
    """The start of a worker's command line; its environment is built if it is not there as the plugin asks for."""
    if framework.needs_environment:
        layout = Layout.of(data_dir)
        there = usable(framework, layout)
        if there is None or not is_wanted(framework, there):
            pythons = find_pythons(more=[layout.pythons])
            python = choose(framework, pythons)
            if python is None:
                raise Unavailable(no_python(framework, [str(one.version) for one in pythons]))
            Build(layout, recipe_for(framework, python.minor), framework.title, Stop()).run(python)
    return interpreter_for(framework, data_dir).command


def _with_secrets(framework: Framework, given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Secrets planted into the fields that are marked as such and take any text, and the configuration with them."""
    planted: dict[str, str] = {}
    configuration = dict(given)
    for name, field in framework.config_schema.get("properties", {}).items():
        if checks.is_secret(field) and name not in given:
            secret = f"planted-{uuid.uuid4().hex}"
            if not faults_of(framework, {**configuration, name: secret}):
                planted[name] = configuration[name] = secret
    return planted, configuration
