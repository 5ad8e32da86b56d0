"""A provider that refuses, or fails, ends a run of each framework in seconds, whatever its library tries meanwhile."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import ServerUnderTest

from orchestra.domain.frameworks import Framework, Sample
from orchestra.environments.catalog import interpreter_for
from orchestra.registry import Registry
from orchestra.services.configuration import with_defaults
from orchestra.testing.gateway import TrialGateway
from orchestra.testing.trial import Stage

_REGISTRY = Registry()
_REGISTRY.load()
CASES = [(one, one.samples[0], status) for one in _REGISTRY.frameworks.values() for status in (402, 403, 429, 500)]
_MOST_SECONDS = 30.0
Install = Callable[[str], ServerUnderTest]
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(
    ("framework", "sample", "status"), CASES, ids=[f"{framework.id}-{status}" for framework, _, status in CASES]
)
def test_a_refused_run_fails_soon(
    framework: Framework, sample: Sample, status: int, installed: Install, server: ServerUnderTest, tmp_path: Path
) -> None:
    installed(framework.id)
    command = interpreter_for(framework, server.data_dir).command
    with TrialGateway(_REGISTRY.scripts()) as gateway:
        gateway.refuse(status)
        stage = Stage(command, framework.worker, gateway, tmp_path, _MOST_SECONDS)
        began = time.monotonic()
        trial = stage.run(with_defaults(framework, sample.configuration), sample.input)
    assert (trial.ending.get("status"), trial.was_killed) == ("FAILED", False), trial.ending
    assert time.monotonic() - began < _MOST_SECONDS
    assert trial.calls > 0
