"""Questions to people: the run waits, whoever answers is heard once, and neither a crash nor a cancel is in the way."""

import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from servers import ServerUnderTest, processes_of

from orchestra.client import StreamEvent


def asking(server: ServerUnderTest, do: str = "ask", ask: dict[str, Any] | None = None, **more: Any) -> str:
    """An execution that asks."""
    return server.start_run(server.agent(do, **{"count": 1, **more}), input={"ask": ask or {}})


def wait_for_question(server: ServerUnderTest, execution: str, count: int = 1) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 20
    while len(waiting := server.execution(execution).get("waitingFor", [])) != count:
        assert time.monotonic() < deadline, server.execution(execution)
        time.sleep(0.02)
    return waiting


def answer(server: ServerUnderTest, execution: str, text: Any, question: str = "q1", status: int = 200) -> Any:
    body = {"questionId": question, "answer": text}
    return server.call("POST", f"/executions/{execution}/answers", status, json=body)


def said(server: ServerUnderTest, execution: str) -> list[StreamEvent]:
    """The questions and answers in the execution's stream."""
    return [event for event in server.events(execution) if event.kind in {"question", "answer"}]


def test_a_run_waits_for_its_answer_and_shows_what_for(server: ServerUnderTest) -> None:
    execution = asking(server, ask={"choices": ["yes", "no"], "timeout": 60})
    [question] = wait_for_question(server, execution)
    assert (question["question"], question["choices"]) == ("Go on?", ["yes", "no"])
    assert question["since"] < question["expires"]
    shown = server.execution(execution)
    assert shown["status"] == "RUNNING"
    listed = server.call("GET", "/executions", params={"status": "RUNNING"})["executions"]
    assert [one["waitingFor"] for one in listed if one["id"] == execution] == [[question]]
    assert answer(server, execution, "maybe", status=400)["details"]["faults"][0]["pointer"] == "/answer"
    answer(server, execution, "yes")
    assert answer(server, execution, "no", status=409)["error"] == "question_closed"
    ended = server.wait(execution)
    assert (ended["status"], ended["output"]["answers"]) == ("COMPLETED", ["yes"])
    assert "waitingFor" not in ended
    asked, answered = said(server, execution)
    assert asked.message == "Go on?"
    assert answered.data["answer"] == "yes"
    assert answered.data["by"]["name"]


def test_several_questions_are_open_at_once_and_answered_in_any_order(server: ServerUnderTest) -> None:
    execution = asking(server, "ask_async")
    ids = {one["question"]: one["id"] for one in wait_for_question(server, execution, 3)}
    assert answer(server, execution, 0, ids["Third?"], status=400)["error"] == "bad_request"
    answer(server, execution, 7, ids["Third?"])
    answer(server, execution, "b", ids["Second?"])
    assert len(wait_for_question(server, execution, 1)) == 1
    answer(server, execution, "one", ids["First?"])
    assert server.wait(execution)["output"]["answers"] == ["one", "b", 7]


@pytest.mark.parametrize("bad", ["", "  ", 7, None, ["a"], "NUL \x00", "x" * 100_001])
def test_without_choices_or_schema_the_answer_is_a_text(server: ServerUnderTest, bad: Any) -> None:
    execution = asking(server)
    wait_for_question(server, execution)
    answer(server, execution, bad, status=400)
    answer(server, execution, "well then")
    assert server.wait(execution)["output"]["answers"] == ["well then"]


@pytest.mark.parametrize(
    "schema", [{"$ref": "http://127.0.0.1:1/x"}, {"type": 7}, {"type": "string", "pattern": "(a+)+$(?<x"}]
)
def test_a_schema_that_is_none_harms_nobody(server: ServerUnderTest, schema: dict[str, Any]) -> None:
    execution = asking(server, ask={"schema": schema})
    wait_for_question(server, execution)
    answer(server, execution, "a" * 50)
    assert server.wait(execution)["status"] == "COMPLETED"


def test_nobody_answers_what_is_not_asked(server: ServerUnderTest) -> None:
    ended = server.run("count", count=1)
    assert answer(server, ended["id"], "yes", status=409)["error"] == "question_closed"
    execution = asking(server)
    wait_for_question(server, execution)
    for question in ("q2", "../../x", "q1/../q1"):
        assert answer(server, execution, "yes", question, status=409)["error"] == "question_closed"
    server.call("DELETE", f"/executions/{execution}")
    server.wait(execution)
    answer(server, "nothing", "yes", status=404)


def test_a_question_that_nobody_answers_ends_the_run_and_says_so(server: ServerUnderTest) -> None:
    ended = server.wait(asking(server, ask={"timeout": 0.3}))
    assert (ended["status"], ended["failure"]) == ("FAILED", "unanswered")
    assert ended["reason"] == "Nobody answered within 0.3 s what was asked: Go on?"
    assert said(server, ended["id"])[-1].data["expired"] is True


def test_a_run_may_go_on_without_an_answer(server: ServerUnderTest) -> None:
    execution = asking(server, "ask_patiently", seconds=0.3)
    ended = server.wait(execution)
    assert (ended["status"], ended["output"]["answer"]) == ("COMPLETED", "nobody")
    assert answer(server, execution, "late", status=409)


@pytest.mark.parametrize("do", ["ask", "ask_async", "ask_patiently"])
def test_a_cancel_while_waiting_works_at_once(server: ServerUnderTest, do: str) -> None:
    execution = asking(server, do, seconds=600)
    wait_for_question(server, execution, 3 if do == "ask_async" else 1)
    began = time.monotonic()
    server.call("DELETE", f"/executions/{execution}")
    ended = server.wait(execution)
    assert (ended["status"], "waitingFor" in ended) == ("CANCELLED", False)
    assert time.monotonic() - began < 4  # and not after its grace of five seconds
    assert processes_of(execution) == []


@pytest.mark.parametrize("end", [ServerUnderTest.kill, ServerUnderTest.stop], ids=["kill -9", "stop"])
def test_a_question_survives_the_server(own_server: ServerUnderTest, end: Callable[[ServerUnderTest], object]) -> None:
    execution = asking(own_server, count=2)
    before = wait_for_question(own_server, execution)
    end(own_server)
    own_server.start()
    assert wait_for_question(own_server, execution) == before
    answer(own_server, execution, "first")
    end(own_server)
    own_server.start()
    assert own_server.execution(execution)["status"] == "RUNNING"
    [second] = wait_for_question(own_server, execution)
    assert second["id"] == "q2"
    assert answer(own_server, execution, "again", "q1", status=409)
    answer(own_server, execution, "second", "q2")
    ended = own_server.wait(execution)
    assert ended["output"]["answers"] == ["first", "second"]
    assert [event.kind for event in said(own_server, execution)] == ["question", "answer"] * 2


def test_of_many_who_answer_at_once_one_is_heard(server: ServerUnderTest) -> None:
    from concurrent.futures import ThreadPoolExecutor

    execution = asking(server)
    wait_for_question(server, execution)

    def attempt(n: int) -> int:
        with httpx2.Client(base_url=server.presence.url, headers=server.http.headers, trust_env=False) as http:
            body = {"questionId": "q1", "answer": f"answer {n}"}
            return http.post(f"/api/executions/{execution}/answers", json=body).status_code

    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(attempt, range(16)))
    assert sorted(codes) == [200] + [409] * 15
    assert server.wait(execution)["output"]["answers"] == [f"answer {codes.index(200)}"]
