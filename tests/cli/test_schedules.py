"""Schedules from the command line."""

import json
import subprocess
import sys

from servers import ServerUnderTest


def schedules(server: ServerUnderTest, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestra", "schedules", *arguments]
    return subprocess.run(command, env=server.environment(), capture_output=True, text=True, timeout=60)


def test_a_schedule_is_made_shown_paused_run_and_deleted(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    made = schedules(server, "create", "nightly", "--agent", agent, "--cron", "30 9 * * 1", "--input", '{"n": 1}')
    identifier = made.stdout.strip()
    assert len(identifier) == 32, made.stderr
    shown = json.loads(schedules(server, "show", identifier).stdout)
    assert (shown["input"], len(shown["preview"]), shown["ticks"]) == ({"n": 1}, 10, [])
    assert schedules(server, "pause", identifier).returncode == 0
    listed = schedules(server, "list").stdout
    assert "nightly" in listed and "30 9 * * 1" in listed and "paused" in listed
    execution = schedules(server, "run", identifier).stdout.strip()
    assert server.wait(execution)["scheduleId"] == identifier
    assert schedules(server, "delete", identifier).returncode == 0
    gone = schedules(server, "show", identifier)
    assert (gone.returncode, gone.stderr.strip()) == (1, f"Error: There is no schedule '{identifier}'.")


def test_a_wrong_expression_is_told_with_its_place(server: ServerUnderTest) -> None:
    refused = schedules(server, "create", "x", "--agent", server.agent("echo"), "--cron", "61 * * * *")
    assert refused.returncode == 1 and "/cron" in refused.stderr and "Traceback" not in refused.stderr
