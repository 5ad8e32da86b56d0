"""Every framework of this installation, for real: each of its samples runs offline with the scripted model."""

from collections.abc import Callable
from typing import Any

import pytest
from servers import ServerUnderTest

from orchestra.domain.frameworks import Sample
from orchestra.registry import Registry

from .conftest import make_agent


def samples() -> list[tuple[str, Sample]]:
    registry = Registry()
    registry.load()
    return [(framework.id, sample) for framework in registry.frameworks.values() for sample in framework.samples]


SAMPLES = samples()


pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(("framework", "sample"), SAMPLES, ids=[f"{framework}-{s.id}" for framework, s in SAMPLES])
def test_a_sample_completes_with_an_answer_steps_and_tokens(
    run_agent: Callable[..., dict[str, Any]], framework: str, sample: Sample
) -> None:
    execution = run_agent(framework, dict(sample.configuration), dict(sample.input))
    assert execution["status"] == "COMPLETED", execution["reason"]
    assert execution["output"]["answer"]
    assert execution["tokensUsed"] > 0


@pytest.mark.parametrize("framework", sorted({framework for framework, _ in SAMPLES}))
def test_a_framework_keeps_the_contract(framework: str, orchestra_conformance: Callable[[str], list[str]]) -> None:
    assert orchestra_conformance(framework) == []


def test_agents_of_all_frameworks_run_at_once(
    installed: Callable[[str], ServerUnderTest], server: ServerUnderTest
) -> None:
    begun: list[str] = []
    for framework, sample in dict(SAMPLES[::-1]).items():
        installed(framework)
        agent = make_agent(server, framework, dict(sample.configuration))
        begun += [server.start_run(agent, input=dict(sample.input)) for _ in range(2)]
    assert [server.wait(one, seconds=90)["status"] for one in begun] == ["COMPLETED"] * len(begun)
