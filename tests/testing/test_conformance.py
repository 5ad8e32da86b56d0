"""The conformance kit finds what is wrong with a plugin, and nothing where all is well; every worker is real."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servers import PLUGINS

from orchestra.domain.frameworks import Framework, Sample
from orchestra.errors import NotFound
from orchestra.testing.conformance import Finding, examine, examine_framework

_SOUND = """
import json, os, urllib.error, urllib.request

def ask(context):
    body = {"model": "scripted-trial-one", "messages": [{"role": "user", "content": "hello"}]}
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + context.gateway_key}
    call = urllib.request.Request(context.gateway_url + "/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(call) as response:
        return json.load(response)["choices"][0]["message"]["content"]

def run(request, context):
    answer = ask(context)
    %s
    return {"answer": answer}
"""
_DEAF = """
def run(request, context):
    while True:
        try:
            ask(context)
            return {"answer": "at last"}
        except urllib.error.HTTPError:
            raise
        except BaseException:
            pass
"""
_OPTIMIST = """
def run(request, context):
    try:
        return {"answer": ask(context)}
    except urllib.error.HTTPError as error:
        error.close()
        return {"answer": "never mind"}
"""
_MUTE = "def run(request, context):\n    pass\n"


@pytest.fixture
def trial(tmp_path: Path) -> Callable[..., list[Finding]]:
    """Examine a framework whose worker half is this text."""

    def start(worker: str = _SOUND % "pass", **changes: Any) -> list[Finding]:
        (tmp_path / "worker.py").write_text(worker)
        (tmp_path / "one.yaml").write_text("rules:\n  - when: {}\n    reply: Hello.\n")
        title = {"title": "T", "description": "D"}
        sample = Sample("one", "One", "", {"model": "scripted-trial-one"}, script=tmp_path / "one.yaml")
        framework = Framework(
            id="trial",
            title="Trial",
            description="",
            homepage="",
            license="MIT",
            python=">=3.9",
            config_schema={
                "type": "object",
                "properties": {
                    "model": {"type": "string", **title},
                    "pin": {"type": "string", "writeOnly": True, **title},
                },
            },
            worker=tmp_path / "worker.py",
            samples=(sample,),
        )
        framework = dataclasses.replace(framework, **changes)
        scripts = {"scripted-trial-one": tmp_path / "one.yaml"}
        return list(examine_framework(framework, scripts, tmp_path / "data", timeout_seconds=30))

    return start


def problems(findings: list[Finding]) -> list[str]:
    return [one.problem for one in findings if one.problem]


@pytest.mark.parametrize("name", ["miniagi", "talker"])
def test_our_own_plugins_keep_the_contract(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGINS))
    findings = list(examine(name, tmp_path))
    assert problems(findings) == []
    assert [one for one in findings if one.note] == []
    assert {one.check for one in findings} >= {"stops when it is asked to", "fails when its model is refused (402)"}


def test_a_plugin_without_a_sample_is_examined_as_far_as_that_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(PLUGINS))
    findings = list(examine("probe", tmp_path))
    assert problems(findings) == []
    sampleless = {"probe", "probe-spare", "probe-reusable", "probe-hanging", "probe-hanging-spare"}
    assert {one.subject for one in findings if one.note} == sampleless
    assert {one.note for one in findings if one.note} == {
        "It has no sample that fits its schema and has a script, so nothing can be tried."
    }


def test_a_sound_worker_half_has_no_problem(trial: Callable[..., list[Finding]]) -> None:
    assert problems(trial()) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "open('/tmp/orchestra-outside-' + str(os.getpid()), 'w').close()",
            "wrote outside of its folder: /tmp/orchestra-",
        ),
        ("os.mkdir('../beside')", "wrote outside of its folder"),
        ("import socket; socket.create_connection(('192.0.2.1', 80), 1)", "wanted to reach 192.0.2.1:80"),
        ("import socket; socket.getaddrinfo('example.org', 80)", "wanted to reach example.org"),
        ("print(context.gateway_key)", "The key of the run is in its log"),
        ("context.log(request.configuration['pin'])", "The value of the secret field 'pin' is in its log"),
        ("context.emit('step_ended', 'x', step='s9')", "ends without having begun"),
        ("context.emit('status', 'x', status='COMPLETED')", "of a kind that is not a worker's: status"),
        ("run.kept = context.step('never'); run.kept.__enter__()", "Steps were begun and never ended"),
        ("raise ValueError('no luck')", "ended as FAILED (ValueError: no luck) instead of COMPLETED"),
        ("os._exit(9)", "ended as a process that said nothing more"),
    ],
)
def test_a_fault_of_a_run_is_found(trial: Callable[..., list[Finding]], line: str, said: str) -> None:
    found = problems(trial(_SOUND % line))
    assert any(said in problem for problem in found), found


def test_a_worker_that_writes_into_the_journal_itself_is_found(trial: Callable[..., list[Finding]]) -> None:
    line = "open(os.path.join(os.path.dirname(context.folder), '1', 'events.jsonl'), 'a').write('no event\\n')"
    found = " ".join(problems(trial(_SOUND % line)))
    assert "a line that is no event" in found
    assert "wrote outside of its folder" in found


def test_descriptors_that_were_taken_away_are_found(trial: Callable[..., list[Finding]]) -> None:
    worker = "import os\nos.dup2(os.open(os.devnull, os.O_WRONLY), 1)\n" + _SOUND % "pass"
    assert problems(trial(worker)) == []  # printed before that
    journal = "os.path.join(os.path.dirname(context.folder), '1', 'events.jsonl')"
    found = problems(trial(_SOUND % f"os.dup2(os.open({journal}, os.O_WRONLY | os.O_APPEND), 1); print('raw')"))
    assert any("a line that is no event: 'raw'" in problem for problem in found), found


def test_a_worker_that_does_not_stop_is_found(trial: Callable[..., list[Finding]]) -> None:
    found = problems(trial(_SOUND.partition("def run")[0] + _DEAF))
    assert any("was asked to stop, and had not ended 5 seconds later" in problem for problem in found), found


@pytest.mark.parametrize("status", [402, 403])
def test_a_run_that_completes_although_its_model_was_refused_is_found(
    trial: Callable[..., list[Finding]], status: int
) -> None:
    found = problems(trial(_SOUND.partition("def run")[0] + _OPTIMIST))
    assert any(f"refused its calls with {status}, and it ended as COMPLETED" in problem for problem in found), found


def test_what_cannot_be_tried_is_said(trial: Callable[..., list[Finding]]) -> None:
    findings = trial(_MUTE)
    assert problems(findings) == []
    assert sum("asked no model" in (one.note or "") for one in findings) == 3


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"note": {"type": "string"}}, "The field 'note' has no title and no description."),
        ({"api_key": {"type": "string", "title": "K", "description": "D"}}, "looks like a secret"),
        ({"limits": {"type": "object", "title": "L", "description": "D"}}, "a name that AgentOrchestra uses"),
        (
            {"model": {"type": "integer", "title": "M", "description": "D"}},
            "does not fit the schema: /configuration/model",
        ),
    ],
)
def test_a_schema_against_the_conventions_is_found(
    trial: Callable[..., list[Finding]], field: dict[str, Any], said: str
) -> None:
    found = problems(trial(config_schema={"type": "object", "properties": field}))
    assert any(said in problem for problem in found), found


def test_an_environment_that_cannot_be_built_is_one_problem(
    trial: Callable[..., list[Finding]], tmp_path: Path
) -> None:
    lock = tmp_path / "bad.lock"
    lock.write_text("six==1.17.0\n")
    assert "without a hash" in problems(trial(requirements=lock))[-1]


def test_a_broken_plugin_is_found_to_be_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGINS))
    assert "gives up when it is imported" in problems(list(examine("broken", tmp_path)))[0]
    with pytest.raises(NotFound):
        list(examine("no-such-plugin", tmp_path))


def test_the_command_says_what_is_wrong_and_fails(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PLUGINS), "ORCHESTRA_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "orchestra", "plugins", "check"]
    said = [
        subprocess.run([*command, name], env=environment, capture_output=True, text=True, timeout=100)
        for name in ("talker", "broken")
    ]
    assert [one.returncode for one in said] == [0, 1]
    assert "ok      talker/talk: completes" in said[0].stdout
    assert "wrong   broken: loads" in said[1].stdout


def test_the_fixture_gives_the_same_findings(orchestra_conformance: Callable[[str], list[str]]) -> None:
    assert orchestra_conformance("miniagi") == []


def test_the_fixture_costs_other_test_runs_nothing() -> None:
    code = "import sys, orchestra.testing.pytest_plugin; print([m for m in sys.modules if m.startswith('orchestra')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "['orchestra', 'orchestra.testing', 'orchestra.testing.pytest_plugin']"
