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


def _framework(id: str, worker: str = "worker.py", fork_safe: bool = False, reusable: bool = False) -> Framework:
    return Framework(
        id=id,
        title=id.capitalize(),
        description="Does what it is told, for tests.",
        homepage="https://example.org",
        license="MIT",
        python=">=3.9",
        config_schema=SCHEMA,
        worker=Path(__file__).with_name(worker),
        fork_safe=fork_safe,
        reusable=reusable,
    )


@hookimpl
def orchestra_frameworks():
    return [
        _framework("probe", fork_safe=True),
        _framework("probe-spare"),
        _framework("probe-reusable", reusable=True),
        _framework("probe-hanging", "hanging.py", fork_safe=True),
        _framework("probe-hanging-spare", "hanging.py"),
    ]
