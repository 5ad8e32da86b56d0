"""`orchestra providers`, `orchestra models` and `orchestra secrets`, as a user calls them."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from model_server import KEY, REFUSAL, ModelServer, model_server
from servers import ServerUnderTest

from orchestra.master_keys import MasterKeys


@pytest.fixture
def upstream() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


def orchestra(server: ServerUnderTest, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestra", *arguments]
    return subprocess.run(command, env=server.environment(), input=stdin, capture_output=True, text=True, timeout=60)


def test_a_provider_is_added_tested_changed_and_removed(own_server: ServerUnderTest, upstream: ModelServer) -> None:
    add = ("providers", "add", "mine", "local", "--url", upstream.url, "--key")
    keyless = orchestra(own_server, *add, stdin="")
    assert (keyless.returncode, "No key came through the pipe." in keyless.stderr) == (2, True)
    refused = orchestra(own_server, *add, stdin="sk-wrong-0123456789\n")
    assert (refused.returncode, REFUSAL in refused.stderr, "sk-wrong" in refused.stderr) == (1, True, False)
    assert orchestra(own_server, *add, stdin=f"{KEY}\n").stdout == "mine was added, with 3 models.\n"
    listed = orchestra(own_server, "providers", "list").stdout
    assert "mine" in listed
    assert KEY not in listed
    assert orchestra(own_server, "providers", "models", "mine", "--refresh").stdout.split() == upstream.models
    assert orchestra(own_server, "models", "alias", "quick", "mine/talk-small", "scripted/scripted").returncode == 0
    models = json.loads(orchestra(own_server, "models", "list", "--json").stdout)
    assert {"name": "quick", "kind": "alias", "providers": ["mine", "scripted"]} in models
    assert "PROVIDER/MODEL" in orchestra(own_server, "models", "alias", "quick", "talk-small").stderr
    assert "alias quick" in orchestra(own_server, "providers", "remove", "mine").stderr
    assert orchestra(own_server, "providers", "set", "mine", "--retries", "5", "--rename", "ours").returncode == 0
    assert orchestra(own_server, "providers", "test", "ours").returncode == 0
    upstream.key = "another"
    tested = orchestra(own_server, "providers", "test", "ours")
    assert (tested.returncode, REFUSAL in tested.stdout) == (1, True)
    assert orchestra(own_server, "models", "unalias", "quick").returncode == 0
    assert orchestra(own_server, "providers", "remove", "ours").returncode == 0
    assert "There are no providers yet" in orchestra(own_server, "providers", "list").stdout
    assert "Ollama" in orchestra(own_server, "providers", "kinds").stdout


def test_secrets_are_encrypted_anew_and_a_key_is_printed(own_server: ServerUnderTest, upstream: ModelServer) -> None:
    add = ("providers", "add", "mine", "local", "--url", upstream.url, "--key")
    assert orchestra(own_server, *add, stdin=f"{KEY}\n").returncode == 0
    assert orchestra(own_server, "secrets", "rotate").stdout.startswith("1 secrets are encrypted anew.")
    given = orchestra(own_server, "secrets", "new-key").stdout
    assert MasterKeys(own_server.data_dir / "x", own_server.data_dir / "y", given).are_given
