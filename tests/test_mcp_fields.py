"""The settings of MCP servers, which every framework that takes them asks for in the same words."""

from typing import Any

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.errors import Invalid
from orchestra.registry import Registry
from orchestra.services.configuration import check
from orchestra_ui.forms.schema import without_secrets

_REGISTRY = Registry()
_REGISTRY.load()
FRAMEWORKS = [one for one in _REGISTRY.frameworks.values() if "mcp_servers" in one.config_schema["properties"]]
PROGRAM = {"transport": "stdio", "name": "files", "command": "npx", "args": ["-y", "files"]}


def with_server(framework: Framework, **server: Any) -> dict[str, Any]:
    return {**framework.samples[0].configuration, "mcp_servers": [server]}


def test_several_frameworks_take_mcp_servers() -> None:
    assert {"langgraph", "autogen"} <= {one.id for one in FRAMEWORKS}


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=[one.id for one in FRAMEWORKS])
def test_programs_with_variables_and_addresses_fit_and_their_secrets_are_masked(framework: Framework) -> None:
    program = with_server(framework, **PROGRAM, env=[{"name": "API_TOKEN", "value": "s3cret"}])
    address = with_server(
        framework, transport="streamable_http", name="far", url="https://example.org/mcp", authorization="Bearer s3cret"
    )
    for configuration in (program, address):
        check(framework, configuration)
        assert "s3cret" not in str(without_secrets(framework.config_schema, configuration))


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "PYTHONPATH", "NODE_OPTIONS", "2ND", "A=B", ""])
def test_variables_that_decide_what_runs_are_refused(name: str) -> None:
    framework = FRAMEWORKS[0]
    with pytest.raises(Invalid):
        check(framework, with_server(framework, **PROGRAM, env=[{"name": name, "value": "x"}]))
