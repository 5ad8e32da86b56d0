"""Verses: the server half."""

from pathlib import Path

from orchestra.domain.frameworks import Framework, Sample, scripted_model
from orchestra.hookspecs import hookimpl

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["model"],
    "properties": {
        "model": {"type": "string", "title": "Model", "description": "Who writes.", "x-orchestra": "model"},
        "lines": {
            "type": "integer",
            "title": "Lines",
            "description": "How many lines are asked for.",
            "minimum": 1,
            "default": 2,
        },
        "token": {"type": "string", "title": "Token", "description": "Of the publisher.", "writeOnly": True},
    },
}


@hookimpl
def orchestra_frameworks():
    return [
        Framework(
            id="verses",
            title="Verses",
            description="Has a model write verses, and checks them with pydantic 1.",
            homepage="https://example.org/verses",
            license="MIT",
            python=">=3.9,<3.14",
            version="1.2.3",
            config_schema=_SCHEMA,
            worker=_FOLDER / "worker.py",
            requirements=_FOLDER / "requirements.lock",
            imports=("pydantic",),
            size_bytes=15_000_000,
            samples=(
                Sample(
                    id="sea",
                    title="The sea",
                    description="Two lines about the sea.",
                    configuration={"model": scripted_model("verses", "sea")},
                    input={"task": "Write about the sea."},
                    script=_FOLDER / "sea.yaml",
                ),
            ),
        )
    ]
