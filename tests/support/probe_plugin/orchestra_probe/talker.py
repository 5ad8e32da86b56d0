"""The probe once more, with a sample: what the probe's worker half does when it talks to its model."""

from pathlib import Path

from orchestra.domain.frameworks import Framework, Sample, scripted_model
from orchestra.hookspecs import hookimpl

from . import SCHEMA


@hookimpl
def orchestra_frameworks():
    return [
        Framework(
            id="talker",
            title="Talker",
            description="Asks its model once.",
            homepage="https://example.org",
            license="MIT",
            python=">=3.9",
            config_schema=SCHEMA,
            worker=Path(__file__).with_name("worker.py"),
            fork_safe=True,
            samples=(
                Sample(
                    id="talk",
                    title="Talk",
                    description="Says hello.",
                    configuration={"do": "talk", "text": scripted_model("talker", "talk")},
                    script=Path(__file__).parent / "templates" / "talk.yaml",
                ),
            ),
        )
    ]
