"""A framework for tests: its runs do what their configuration or input says."""

from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["do"],
    "properties": {
        "do": {"type": "string", "title": "Do", "description": "What the run does; see worker.py."},
        "seconds": {"type": "number", "title": "Seconds", "description": "How long it takes.", "default": 0.05},
        "count": {
            "type": "integer",
            "title": "Count",
            "description": "How often.",
            "default": 3,
            "minimum": 0,
            "maximum": 1000000,
        },
        "text": {"type": ["string", "null"], "title": "Text", "description": "What is said."},
        "nested": {
            "type": "object",
            "title": "Nested",
            "description": "For tests of forms.",
            "properties": {"depth": {"type": "integer"}},
        },
    },
}


@hookimpl
def orchestra_frameworks():
    return [
        Framework(
            id="probe",
            title="Probe",
            description="Does what it is told, for tests.",
            homepage="https://example.org",
            license="MIT",
            python=">=3.9",
            config_schema=SCHEMA,
            worker=Path(__file__).with_name("worker.py"),
            fork_safe=True,
        )
    ]
