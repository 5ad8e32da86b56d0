"""The command line as a user calls it: a process of its own, beside a running server or without one."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from servers import ServerUnderTest, processes_of

from orchestra import presence

COMMAND = [sys.executable, "-m", "orchestra"]


def orchestra(server: ServerUnderTest, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=server.environment(), input=stdin, capture_output=True, text=True, timeout=60
    )


def json_of(server: ServerUnderTest, *arguments: str) -> Any:
    return json.loads(orchestra(server, *arguments, "--json").stdout)


@pytest.fixture
def without_server(tmp_path: Path) -> ServerUnderTest:
    """A data folder that no server runs on."""
    (tmp_path / "data").mkdir()
    return ServerUnderTest(tmp_path / "data")


def test_help_imports_no_heavy_library() -> None:
    code = """
import atexit, sys
sys.argv = ["orchestra", "--help"]
atexit.register(lambda: print([m for m in ("pydantic", "fastapi", "nicegui", "sqlalchemy") if m in sys.modules]))
from orchestra.cli import main
main()
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_run_prints_the_answer_alone_on_stdout_and_the_log_on_stderr(server: ServerUnderTest) -> None:
    name = f"talker {time.time()}"
    made = orchestra(server, "agents", "create", name, "--framework", "probe", "--set", "do=echo", "--set", "text=hi")
    assert len(made.stdout.strip()) == 32
    ran = orchestra(server, "run", name)
    assert (ran.returncode, ran.stdout) == (0, "hi\n")
    assert "echo begins" in ran.stderr


def test_run_gives_the_task_as_input_and_the_execution_as_json(server: ServerUnderTest) -> None:
    ran = orchestra(server, "run", server.agent("echo"), "--task", "count stars", "--json")
    assert json.loads(ran.stdout)["input"] == {"task": "count stars"}


@pytest.mark.parametrize("do", ["raise", "fail", "segfault"])
def test_run_fails_with_the_execution(server: ServerUnderTest, do: str) -> None:
    assert orchestra(server, "run", server.agent(do)).returncode == 1


def test_what_agents_say_does_not_steer_the_terminal(server: ServerUnderTest) -> None:
    agent = server.agent("echo", text="\x1b]0;owned\x07\x1b[2Jred\x9b31m\u202e")
    ran = orchestra(server, "run", agent)
    assert ran.stdout == "red\ufffd31m\ufffd\n"


def test_ctrl_c_cancels_the_run(server: ServerUnderTest) -> None:
    agent = server.agent("sleep", seconds=600)
    process = subprocess.Popen([*COMMAND, "run", agent], env=server.environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr
    while "sleeping" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 1
    process.stderr.close()
    executions = server.call("GET", "/executions", params={"agentId": agent})["executions"]
    assert [execution["status"] for execution in executions] == ["CANCELLED"]


def test_logs_prints_and_follows(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("count", count=4))
    followed = orchestra(server, "logs", execution, "-f").stdout
    printed = orchestra(server, "logs", execution).stdout
    for i in range(4):
        assert f"line {i}" in followed
        assert f"line {i}" in printed
    assert [line["message"] for line in json_of(server, "logs", execution)] == [f"line {i}" for i in range(4)]


def test_lists_are_tables_or_json(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    assert agent in orchestra(server, "agents", "list").stdout
    assert agent in [entry["id"] for entry in json_of(server, "agents", "list")]
    shown = json.loads(orchestra(server, "agents", "show", agent).stdout)
    assert shown["configuration"] == {"do": "echo"}


def test_a_configuration_comes_from_a_file_or_stdin(server: ServerUnderTest) -> None:
    text = json.dumps({"do": "echo", "text": "piped"})
    arguments = ("agents", "create", "piped", "--framework", "probe", "--config", "-", "--set", "count=2", "--json")
    made = json.loads(orchestra(server, *arguments, stdin=text).stdout)
    assert made["configuration"] == {"do": "echo", "text": "piped", "count": 2}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "no such agent"), "There is no agent 'no such agent'."),
        (("agents", "create", "x", "--framework", "nope"), "is not installed"),
        (("agents", "create", "x", "--framework", "probe", "--set", "do=5"), "/configuration/do"),
        (("agents", "create", "x", "--framework", "probe", "--set", "nonsense"), "is not KEY=VALUE"),
        (("logs", "unknown"), "There is no execution 'unknown'."),
        (("executions", "cancel", "unknown"), "There is no execution 'unknown'."),
        (("keys", "create", ""), "1 to 100 characters"),
        (("keys", "revoke", "unknown"), "There is no key 'unknown'."),
    ],
)
def test_errors_are_one_sentence_and_exit_code_1(
    server: ServerUnderTest, arguments: tuple[str, ...], said: str
) -> None:
    failed = orchestra(server, *arguments)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_broken_plugin_is_listed_with_its_error(server: ServerUnderTest) -> None:
    found = {plugin["name"]: plugin for plugin in json_of(server, "plugins", "list")}
    assert (found["probe"]["state"], found["broken"]["state"]) == ("loaded", "failed")
    assert "gives up when it is imported" in found["broken"]["error"]
    assert "gives up when it is imported" in orchestra(server, "plugins", "list").stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [("ORCHESTRA_PORT", "many"), ("ORCHESTRA_SLOTS", "0"), ("ORCHESTRA_ALLOWED_HOSTS", "not json")],
)
def test_a_wrong_setting_is_named(without_server: ServerUnderTest, name: str, value: str) -> None:
    environment = {**without_server.environment(), name: value}
    failed = subprocess.run([*COMMAND, "serve"], env=environment, capture_output=True, text=True, timeout=60)
    assert (failed.returncode, "not valid" in failed.stderr, "Traceback" in failed.stderr) == (1, True, False)


def test_keys_are_made_listed_and_revoked_beside_a_running_server(server: ServerUnderTest) -> None:
    secret = orchestra(server, "keys", "create", "laptop").stdout.strip()
    headers = {"Authorization": f"Bearer {secret}"}
    assert server.http.get("/api/agents", headers=headers).status_code == 200
    key = next(key for key in json_of(server, "keys", "list") if secret.startswith(key["hint"]))
    assert secret not in json.dumps(key)
    orchestra(server, "keys", "revoke", key["id"])
    assert server.http.get("/api/agents", headers=headers).status_code == 401


def test_revoking_a_key_ends_the_sessions_that_were_opened_with_it(server: ServerUnderTest) -> None:
    secret = orchestra(server, "keys", "create", "form").stdout.strip()
    key = next(key for key in json_of(server, "keys", "list") if key["name"] == "form")
    with httpx2.Client(base_url=server.presence.url, trust_env=False) as browser:
        browser.post("/sign-in", data={"key": secret}, headers={"Origin": server.presence.url})
        assert browser.get("/api/agents").status_code == 200
        orchestra(server, "keys", "revoke", key["id"])
        assert browser.get("/api/agents").status_code == 401


def test_keys_are_stored_hashed(server: ServerUnderTest) -> None:
    secret = orchestra(server, "keys", "create", "secret").stdout.strip()
    stored = b"".join(path.read_bytes() for path in server.data_dir.glob("orchestra.db*"))
    assert secret.encode() not in stored
    assert len(secret) == 67


def test_a_key_made_without_a_server_opens_the_next_one(without_server: ServerUnderTest) -> None:
    secret = orchestra(without_server, "keys", "create", "first").stdout.strip()
    without_server.start()
    try:
        response = without_server.http.get("/api/agents", headers={"Authorization": f"Bearer {secret}"})
        assert response.status_code == 200
    finally:
        without_server.stop()


def test_run_without_a_server_starts_a_private_one_and_stops_it(without_server: ServerUnderTest) -> None:
    made = orchestra(without_server, "agents", "create", "probe", "--framework", "probe", "--set", "do=family")
    ran = orchestra(without_server, "run", "probe", "--json")
    assert (made.returncode, ran.returncode) == (0, 0), ran.stderr
    assert presence.find(without_server.data_dir) is None
    assert processes_of(json.loads(ran.stdout)["id"]) == []


def test_a_second_serve_finds_the_first_and_prints_a_link_to_it(server: ServerUnderTest) -> None:
    second = orchestra(server, "serve", "--no-browser")
    assert second.returncode == 0
    assert f"Open   {server.presence.url}/link?token=" in second.stdout


def test_two_starts_at_the_same_time_leave_one_server(without_server: ServerUnderTest) -> None:
    without_server.start()
    try:
        (without_server.data_dir / "server.json").unlink()  # as if the first had not announced itself yet
        second = orchestra(without_server, "serve", "--no-browser", "--port", "0")
        assert (second.returncode, "Another server runs" in second.stderr) == (1, True)
    finally:
        without_server.stop()


def test_a_data_folder_of_a_newer_version_is_refused(without_server: ServerUnderTest) -> None:
    assert orchestra(without_server, "keys", "create", "first").returncode == 0
    with closing(sqlite3.connect(without_server.data_dir / "orchestra.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999_future'")
    refused = orchestra(without_server, "serve", "--no-browser", "--port", "0")
    assert (refused.returncode, "newer" in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)


@pytest.mark.parametrize("name", ["orchestra.db", "history.duckdb"])
def test_a_damaged_file_is_named(without_server: ServerUnderTest, name: str) -> None:
    (without_server.data_dir / name).write_bytes(b"this is no database " * 1000)
    refused = orchestra(without_server, "serve", "--no-browser", "--port", "0")
    assert (refused.returncode, name in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)


def test_a_taken_port_is_named(server: ServerUnderTest, tmp_path: Path) -> None:
    port = server.presence.url.rsplit(":", 1)[1]
    environment = {**server.environment(), "ORCHESTRA_DATA_DIR": str(tmp_path)}
    command = [*COMMAND, "serve", "--no-browser", "--port", port]
    failed = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (failed.returncode, f"Port {port} is taken" in failed.stderr) == (1, True)


def test_what_the_server_writes_is_its_owners_alone(server: ServerUnderTest) -> None:
    server.run("echo")
    written = [path for path in server.data_dir.rglob("*") if path.is_file() and "files" not in path.parts]
    assert {"server.json", "orchestra.db", "history.duckdb", "events.jsonl"} <= {path.name for path in written}
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_the_first_start_runs_the_sample_and_prints_its_answer(without_server: ServerUnderTest) -> None:
    environment = {**without_server.environment(), "ORCHESTRA_SAMPLE": "true"}
    command = [*COMMAND, "serve", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    shown: list[str] = []
    try:
        while not any(line.startswith("Answer:") for line in shown):
            shown.append(process.stdout.readline())
            assert shown[-1], shown
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        process.stdout.close()
    primes = [n for n in range(2, 100) if all(n % d for d in range(2, n))]
    assert str(sum(prime * prime for prime in primes)) in shown[-1]
    assert any("/link?token=" in line for line in shown)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")
def test_a_full_disk_behind_the_output_is_one_sentence(server: ServerUnderTest) -> None:
    execution = server.run("echo")["id"]
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [*COMMAND, "logs", execution],
            env=server.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert told.returncode == 1
    assert told.stderr == "Error: What was to be printed could not be written: No space left on device.\n"


def test_a_long_log_is_printed_whole_and_in_order(server: ServerUnderTest) -> None:
    execution = server.run("flood", count=2500, text="a line")["id"]
    printed = orchestra(server, "logs", execution).stdout.splitlines()
    assert len(printed) == len(json_of(server, "logs", execution)) >= 2500
