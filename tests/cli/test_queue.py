"""`orchestra queue`, `orchestra run --priority` and `orchestra answer`, as a user calls them."""

import json
import subprocess
import sys

from servers import ServerUnderTest


def orchestra(server: ServerUnderTest, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestra", *arguments]
    return subprocess.run(command, env=server.environment(), input=stdin, capture_output=True, text=True, timeout=60)


def test_the_queue_is_shown_paused_and_resumed(own_server: ServerUnderTest) -> None:
    assert "0 running of 8 at once, 0 waiting." in orchestra(own_server, "queue", "show").stdout
    assert "Paused by" in orchestra(own_server, "queue", "pause").stdout
    execution = own_server.start_run(own_server.agent("count", count=1))
    state = json.loads(orchestra(own_server, "queue", "show", "--json").stdout)
    assert (state["isPaused"], state["waiting"]) == (True, 1)
    assert '"queuePosition": 1' in orchestra(own_server, "executions", "show", execution).stdout
    assert "Paused" not in orchestra(own_server, "queue", "resume").stdout
    assert own_server.wait(execution)["status"] == "COMPLETED"


def test_a_run_can_be_urgent(server: ServerUnderTest) -> None:
    agent = server.agent("count", count=1)
    for given, stored in (("high", 50), ("-7", -7)):
        ran = orchestra(server, "run", agent, "--priority", given, "--json")
        assert json.loads(ran.stdout)["priority"] == stored
    refused = orchestra(server, "run", agent, "--priority", "soon")
    assert (refused.returncode, "priority" in refused.stderr) == (1, True)


def test_a_question_is_answered_by_its_number_or_by_what_is_typed(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("ask", count=2), input={"ask": {"choices": ["yes", "no"]}})
    server.wait_for_question(execution)
    assert "gets the answer" in orchestra(server, "answer", execution, "2").stdout
    server.wait_for_question(execution, "q2")
    typed = orchestra(server, "answer", execution, "--question", "q2", stdin="yes\n")
    assert "1. yes" in typed.stdout
    assert server.wait(execution)["output"]["answers"] == ["no", "yes"]
    late = orchestra(server, "answer", execution, "yes")
    assert (late.returncode, "waits for no answer" in late.stderr) == (1, True)


def test_json_answers_what_has_a_schema(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("ask", count=1), input={"ask": {"schema": {"type": "object"}}})
    server.wait_for_question(execution)
    refused = orchestra(server, "answer", execution, "red")
    assert (refused.returncode, "/answer" in refused.stderr) == (1, True)
    assert orchestra(server, "answer", execution, '{"colour": "red"}').returncode == 0
    assert server.wait(execution)["output"]["answers"] == [{"colour": "red"}]
