"""The gateway while its server is away, and the keys that it gives."""

import httpx2
from servers import ServerUnderTest


def chat(server: ServerUnderTest, key: str) -> httpx2.Response:
    body = {"model": "scripted", "messages": [{"role": "user", "content": "hello"}]}
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.post(server.presence.url + "/llm/v1/chat/completions", json=body, headers=headers, trust_env=False)


def test_a_runs_calls_are_answered_and_counted(server: ServerUnderTest) -> None:
    execution = server.run("chat", count=2, seconds=0)
    first, second = execution["output"]["answers"]
    assert "scripted model" in first
    assert execution["tokensUsed"] > 0
    assert first == second


def test_a_runs_key_is_dead_when_the_run_is(server: ServerUnderTest) -> None:
    key = server.run("chat", count=1, seconds=0)["output"]["key"]
    response = chat(server, key)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "run_ended")


def test_a_runs_key_opens_nothing_else(own_server: ServerUnderTest) -> None:
    agent = own_server.agent("chat", count=1000, seconds=0.05)
    execution = own_server.start_run(agent)
    own_server.wait(execution, {"RUNNING"})
    key = own_server.run("chat", count=1, seconds=0)["output"]["key"]
    headers = {"Authorization": f"Bearer {key}"}
    assert own_server.http.get("/api/agents", headers=headers).status_code == 401


def test_the_key_is_dead_while_a_cancelled_run_still_resists(server: ServerUnderTest) -> None:
    agent = server.agent("resist", {"graceSeconds": 2}, seconds=600)
    execution = server.start_run(agent)
    server.wait_for_log(execution, "answered 200")
    server.call("DELETE", f"/executions/{execution}")
    server.wait_for_log(execution, "answered 403")
    assert server.wait(execution)["status"] == "CANCELLED"


def test_a_key_lives_on_after_kill_9_and_restart(own_server: ServerUnderTest) -> None:
    execution = own_server.start_run(own_server.agent("insist", count=40, seconds=0.1))
    own_server.wait_for_log(execution, "answered 200")
    own_server.kill()
    own_server.start()
    ended = own_server.wait(execution)
    assert (ended["status"], ended["output"]["refused"]) == ("COMPLETED", 0)


def test_a_real_agent_survives_a_short_outage_of_the_gateway(own_server: ServerUnderTest) -> None:
    sample = {
        "objective": "Add up the squares of all prime numbers below 100, save the list of primes in primes.txt, "
        "and tell me the sum.",
        "model": "scripted-miniagi-squares",
    }
    body = {"name": "squares", "framework": "miniagi", "configuration": sample}
    agent = own_server.call("POST", "/agents", 201, json=body)["id"]
    execution = own_server.start_run(agent)
    own_server.wait(execution, {"RUNNING"})
    own_server.kill()
    own_server.start()
    ended = own_server.wait(execution)
    assert (ended["status"], "65796" in ended["output"]["answer"]) == ("COMPLETED", True), ended
