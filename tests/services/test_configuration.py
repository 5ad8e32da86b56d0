"""Configurations against their framework's schema."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestra.domain.frameworks import Framework
from orchestra.domain.limits import Limits, limits_of
from orchestra.errors import Invalid
from orchestra.services.configuration import check, form_schema, with_defaults

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["goal"],
    "properties": {
        "goal": {"type": "string"},
        "steps": {"type": "integer", "minimum": 1, "default": 5},
        "deep": {"$ref": "#/$defs/Deep"},
        "list": {"type": "array", "items": {"$ref": "#/$defs/Deep"}},
    },
    "$defs": {
        "Deep": {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}, "b": {"default": [1]}}}
    },
}
FRAMEWORK = Framework("f", "F", "", "", "MIT", ">=3.9", SCHEMA, Path("worker.py"))


@pytest.mark.parametrize(
    ("configuration", "pointers"),
    [
        ({"goal": "g"}, []),
        ({"goal": "g", "limits": {"timeoutSeconds": 5}}, []),
        ({}, ["/configuration/goal"]),
        ({"goal": 1, "steps": 0}, ["/configuration/goal", "/configuration/steps"]),
        ({"goal": "g", "deep": {}}, ["/configuration/deep/a"]),
        ({"goal": "g", "list": [{"a": "x"}, {"a": "z"}, {}]}, ["/configuration/list/1/a", "/configuration/list/2/a"]),
        ({"goal": "g", "other": 1}, ["/configuration"]),
        ({"goal": "g", "limits": {"timeoutSeconds": -1}}, ["/configuration/limits/timeoutSeconds"]),
        ({"goal": "g", "limits": {"nonsense": 1}}, ["/configuration/limits"]),
    ],
)
def test_each_fault_has_its_place(configuration: dict[str, Any], pointers: list[str]) -> None:
    try:
        check(FRAMEWORK, configuration)
        found: list[str] = []
    except Invalid as error:
        found = [fault.pointer for fault in error.faults]
    assert found == pointers


def test_defaults_are_filled_in_deep_and_shared_with_nobody() -> None:
    first = with_defaults(FRAMEWORK, {"goal": "g", "deep": {"a": "x"}})
    assert first == {"goal": "g", "steps": 5, "deep": {"a": "x", "b": [1]}}
    first["deep"]["b"].append(2)
    assert with_defaults(FRAMEWORK, {"goal": "g", "deep": {"a": "x"}})["deep"]["b"] == [1]


def test_what_was_given_is_not_changed() -> None:
    given_configuration = {"goal": "g", "deep": {"a": "x"}}
    with_defaults(FRAMEWORK, given_configuration)
    assert given_configuration == {"goal": "g", "deep": {"a": "x"}}
    assert "limits" in form_schema(FRAMEWORK)["properties"]
    assert "limits" not in SCHEMA["properties"]


def test_limits_have_defaults() -> None:
    assert limits_of({}) == Limits(3600, 5)
    assert limits_of({"limits": {"graceSeconds": 0}}) == Limits(3600, 0)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["goal", "steps", "deep", "list", "limits", "other"]), VALUES))
def test_any_configuration_is_accepted_or_refused_with_faults(configuration: dict[str, Any]) -> None:
    try:
        check(FRAMEWORK, configuration)
    except Invalid as error:
        assert error.faults
        assert all(fault.pointer.startswith("/configuration") and fault.message for fault in error.faults)
    else:
        assert with_defaults(FRAMEWORK, configuration)["goal"] == configuration["goal"]
