"""What the server learns of OpenAgents."""

import subprocess
import sys
from typing import Any

import pytest

from orchestra.domain.frameworks import Framework, scripted_model
from orchestra.errors import Invalid
from orchestra.services.configuration import check, with_defaults

AGENT = {"agent_id": "a", "instruction": "Talk."}


def test_samples_fit_the_schema(framework: Framework):
    assert [sample.id for sample in framework.samples] == ["sales", "network"]
    for sample in framework.samples:
        check(framework, sample.configuration)
        assert sample.configuration["model"] == scripted_model("openagents", sample.id)


def test_a_model_and_a_task_are_enough(framework: Framework):
    whole = with_defaults(framework, {"model": "m"})
    check(framework, whole)
    assert (whole["engine"], whole["data_agent"]["tools"]) == ("data_agent", ["python", "sql"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": ""},
        {"engine": "plugins_agent"},
        {"engine": "network"},
        {"engine": "network", "network": {"agents": []}},
        {"engine": "network", "network": {"agents": [AGENT], "max_messages": 0}},
        {"engine": "network", "network": {"agents": [{**AGENT, "agent_id": "a b"}]}},
        {"engine": "network", "network": {"agents": [AGENT], "channels": ["No such"]}},
        {"data_agent": {"tools": []}},
        {"data_agent": {"tools": ["kaggle"]}},
        {"data_agent": {"files": [""]}},
        {"data_agent": {"execution_timeout": 0}},
        {"temperature": 3},
        {"unknown": 1},
    ],
)
def test_nonsense_is_refused(framework: Framework, wrong: dict[str, Any]):
    with pytest.raises(Invalid):
        check(framework, {"model": "m", **wrong})


def test_the_worker_half_brings_nothing_but_the_standard_library(framework: Framework):
    program = (
        "import importlib.util, sys\n"
        f"path = {str(framework.worker)!r}\n"
        "spec = importlib.util.spec_from_file_location('half', path + '/__init__.py',"
        " submodule_search_locations=[path])\n"
        "half = sys.modules['half'] = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(half)\n"
        "import half.data_agent.loop\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
