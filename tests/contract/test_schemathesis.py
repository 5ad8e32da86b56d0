"""Generated requests over the whole document: no server error, no answer that breaks its schema."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from servers import ServerUnderTest, running_server_with

CONTRACT = Path(__file__).parents[3] / "shared" / "spec" / "openapi.yaml"
_CHECKS = "not_a_server_error,content_type_conformance,response_headers_conformance,response_schema_conformance"
# A stream does not end while a test waits for its answer; the tests of streams read them.
# People are left out too: what is generated makes a second owner, and then locks the first one out.
_LEFT_OUT = r"(/stream|/real-time|/progress|/users/\{user_id\}|/keys/\{key_id\})$"


def a_miniagi(server: ServerUnderTest) -> str:
    sample = server.call("GET", "/frameworks/miniagi")["samples"][0]["configurationId"]
    body = {"name": "contract", "framework": "miniagi", "configurationId": sample}
    return server.call("POST", "/agents", 201, json=body)["id"]


def run(server: ServerUnderTest, folder: Path, document: Path, url: str, checks: str) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", url, "--checks", checks]
    command += ["--header", f"Authorization: Bearer {server.presence.key}", "--exclude-path-regex", _LEFT_OUT]
    command += [
        "--max-examples",
        "15",
        "--seed",
        "1",
        "--phases",
        "examples,coverage,fuzzing",
        "--request-timeout",
        "60",
    ]
    command += ["--generation-database", ":memory:", "--suppress-health-check", "all", "--warnings", "off"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    server.call("GET", "/me")  # still let in, so the answers were not all the same refusal


@pytest.mark.timeout(900)
def test_the_served_document_is_kept(own_server: ServerUnderTest, tmp_path: Path) -> None:
    own_server.run("echo")
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(own_server.call("GET", "/openapi.json")))
    run(own_server, tmp_path, document, own_server.presence.url, _CHECKS + ",status_code_conformance")


@pytest.mark.timeout(900)
@pytest.mark.skipif(not CONTRACT.exists(), reason="the contract lies beside the project's folder, if anywhere")
def test_the_contract_is_kept(tmp_path: Path) -> None:
    with running_server_with({"PYTHONPATH": ""}, tmp_path) as server:  # it knows eleven frameworks, not our probes
        server.wait(server.start_run(a_miniagi(server)))
        run(server, tmp_path, CONTRACT, server.presence.url + "/api", _CHECKS)
