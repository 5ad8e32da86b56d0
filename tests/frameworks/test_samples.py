"""Every framework of this installation, for real: each of its samples runs offline with the scripted model."""

import pytest
from servers import ServerUnderTest

from orchestra.domain.frameworks import Sample
from orchestra.registry import Registry


def samples() -> list[tuple[str, Sample]]:
    registry = Registry()
    registry.load()
    return [(framework.id, sample) for framework in registry.frameworks.values() for sample in framework.samples]


SAMPLES = samples()


@pytest.mark.parametrize(("framework", "sample"), SAMPLES, ids=[f"{framework}-{s.id}" for framework, s in SAMPLES])
def test_a_sample_completes_with_an_answer_steps_and_tokens(
    server: ServerUnderTest, framework: str, sample: Sample
) -> None:
    body = {"name": sample.title, "framework": framework, "configuration": dict(sample.configuration)}
    agent = server.call("POST", "/agents", 201, json=body)["id"]
    execution = server.wait(server.start_run(agent, input=dict(sample.input)))
    assert execution["status"] == "COMPLETED", execution["reason"]
    assert execution["output"]["answer"]
    assert execution["tokensUsed"] > 0
