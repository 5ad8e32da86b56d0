"""Providers of models over REST: tested before they are kept, their keys never shown, known to what resolves models."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import KEY, REFUSAL, ModelServer, model_server
from people import client_as
from servers import ServerUnderTest, running_server, wait_until

OTHER_KEY = "sk-another-fedcba9876543210"


@pytest.fixture
def upstream() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


def draft(upstream: ModelServer, **more: Any) -> dict[str, Any]:
    return {"name": f"p{uuid.uuid4().hex}", "kind": "local", "baseUrl": upstream.url, "apiKey": KEY, **more}


def add(server: ServerUnderTest, upstream: ModelServer, **more: Any) -> dict[str, Any]:
    return server.call("POST", "/providers", 201, json=draft(upstream, **more))


def test_a_provider_that_answers_is_kept_with_the_models_that_it_lists(
    server: ServerUnderTest, upstream: ModelServer
) -> None:
    made = add(server, upstream)
    assert upstream.paths() == ["/v1/models", "/v1/chat/completions"]
    assert upstream.asked[1][3]["model"] == "talk-small"
    assert (made["models"], made["isLocal"], made["isActive"], made["hasKey"]) == (3, True, True, True)
    assert server.call("GET", f"/providers/{made['name']}") == made
    assert server.call("GET", f"/providers/{made['id']}/models")["models"] == upstream.models
    names = {one["name"]: one for one in server.call("GET", "/models")["models"]}
    assert names[f"{made['name']}/talk-large"] == {
        "name": f"{made['name']}/talk-large",
        "kind": "model",
        "providers": [made["name"]],
    }


def test_one_that_refuses_is_not_kept_and_quoted_without_the_key(
    server: ServerUnderTest, upstream: ModelServer
) -> None:
    wanted = draft(upstream, apiKey=OTHER_KEY)
    refused = server.call("POST", "/providers", 400, json=wanted)
    assert REFUSAL in refused["message"]
    assert OTHER_KEY not in json.dumps(refused)
    server.call("GET", f"/providers/{wanted['name']}", 404)
    tried = server.call("POST", "/providers/test", json=wanted)
    assert (tried["ok"], REFUSAL in tried["message"], OTHER_KEY in tried["message"]) == (False, True, False)
    assert server.call("POST", "/providers/test", json=draft(upstream))["ok"]
    server.call("GET", f"/providers/{wanted['name']}", 404)


def test_one_can_be_kept_untested_and_tested_later(server: ServerUnderTest, upstream: ModelServer) -> None:
    made = add(server, upstream, apiKey=OTHER_KEY, test=False, models=["by-hand"])
    assert upstream.asked == []
    assert not server.call("POST", f"/providers/{made['id']}/test", json={})["ok"]
    changed = server.call("PUT", f"/providers/{made['id']}", json={"apiKey": KEY})
    assert changed["models"] == 4
    tested = server.call("POST", f"/providers/{made['id']}/test", json={"model": "talk-large"})
    assert (tested["ok"], tested["model"], tested["latency"] > 0) == (True, "talk-large", True)
    server.call("POST", f"/providers/{made['id']}/models")
    assert server.call("GET", f"/providers/{made['id']}/models")["models"] == upstream.models


def test_a_key_is_never_shown_and_lies_encrypted(own_server: ServerUnderTest, upstream: ModelServer) -> None:
    made = add(own_server, upstream)
    assert made["keyHint"] == f"…{KEY[-4:]}"
    answers = [own_server.call("GET", path) for path in ("/providers", f"/providers/{made['id']}", "/models")]
    assert KEY not in json.dumps(answers)
    stored = b"".join(file.read_bytes() for file in own_server.data_dir.glob("orchestra.db*"))
    assert made["name"].encode() in stored
    assert KEY.encode() not in stored
    assert KEY not in own_server.output()


def test_it_answers_after_the_master_key_was_changed_and_after_a_restart(
    own_server: ServerUnderTest, upstream: ModelServer
) -> None:
    made = add(own_server, upstream)
    assert own_server.call("POST", "/secrets/rotate")["secrets"] == 1
    assert (own_server.data_dir / "master.key").stat().st_mode & 0o777 == 0o600
    assert own_server.call("POST", f"/providers/{made['id']}/test", json={})["ok"]
    own_server.stop()
    own_server.start()
    assert own_server.call("POST", f"/providers/{made['id']}/test", json={})["ok"]


def test_only_owners_manage_providers_and_others_see_them(server: ServerUnderTest, upstream: ModelServer) -> None:
    made = add(server, upstream)
    with client_as(server, "member") as member:
        assert made["id"] in member.get("/providers").text
        assert member.get("/models").status_code == 200
        tries = [
            member.post("/providers", json=draft(upstream)),
            member.post("/providers/test", json=draft(upstream)),
            member.put(f"/providers/{made['id']}", json={"retries": 1}),
            member.post(f"/providers/{made['id']}/test", json={}),
            member.post(f"/providers/{made['id']}/models"),
            member.delete(f"/providers/{made['id']}"),
            member.put("/model-aliases/mine", json={"routes": [{"provider": made["name"], "model": "m"}]}),
            member.post("/secrets/rotate"),
        ]
    assert [one.status_code for one in tries] == [403] * len(tries)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "Big Name"}, "/name"),
        ({"name": "scripted"}, "/name"),
        ({"baseUrl": "ftp://x/"}, "/baseUrl"),
        ({"baseUrl": "http://169.254.169.254/v1"}, "/baseUrl"),
        ({"kind": "compatible"}, "/baseUrl"),
        ({"kind": "openai", "baseUrl": "https://api.openai.com/v1", "apiKey": None}, "/apiKey"),
        ({"apiKey": "two words"}, "/apiKey"),
        ({"apiKey": "new\nline"}, "/apiKey"),
        ({"formats": []}, "/formats"),
        ({"apiVersion": "2024-10-21"}, "/apiVersion"),
        ({"contextTokens": 8192}, "/contextTokens"),
        ({"kind": "nobody"}, "/kind"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    server: ServerUnderTest, upstream: ModelServer, change: dict[str, Any], pointer: str
) -> None:
    wanted = {name: value for name, value in draft(upstream, **change).items() if value is not None}
    refused = server.call("POST", "/providers", 400, json=wanted)
    assert [one["pointer"] for one in refused["details"]["faults"]] == [pointer]
    assert upstream.asked == []


def test_a_key_does_not_follow_to_another_address(server: ServerUnderTest, upstream: ModelServer) -> None:
    made = add(server, upstream)
    with model_server() as other:
        refused = server.call("PUT", f"/providers/{made['id']}", 400, json={"baseUrl": other.url})
        assert refused["details"]["faults"][0]["pointer"] == "/apiKey"
        assert other.asked == []
        moved = server.call("PUT", f"/providers/{made['id']}", json={"baseUrl": other.url + "/", "apiKey": KEY})
        assert moved["baseUrl"] == other.url


def test_names_are_worth_one_provider_each(server: ServerUnderTest, upstream: ModelServer) -> None:
    made, other = add(server, upstream), add(server, upstream)
    server.call("POST", "/providers", 409, json=draft(upstream, name=made["name"]))
    server.call("PUT", f"/providers/{other['id']}", 409, json={"name": made["name"]})


def test_an_alias_stands_for_models_and_keeps_their_provider(server: ServerUnderTest, upstream: ModelServer) -> None:
    made = add(server, upstream)
    name = f"fast-{made['name']}"
    routes = [{"provider": made["name"], "model": "talk-small"}, {"provider": "scripted", "model": "scripted"}]
    alias = server.call("PUT", f"/model-aliases/{name}", json={"routes": routes})
    assert alias["routes"] == routes
    assert server.call("GET", f"/model-aliases/{name}") == alias
    offered = {one["name"]: one["providers"] for one in server.call("GET", "/models")["models"]}
    assert offered[name] == [made["name"], "scripted"]
    assert server.call("DELETE", f"/providers/{made['id']}", 409)["error"] == "in_use"
    server.call("DELETE", f"/model-aliases/{name}")
    server.call("DELETE", f"/providers/{made['id']}")
    server.call("GET", f"/model-aliases/{name}", 404)


@pytest.mark.parametrize(
    ("name", "route", "pointer"),
    [
        ("fast", {"provider": "nobody", "model": "m"}, "/routes/0/provider"),
        ("fast", {"provider": "scripted", "model": "m"}, "/routes/0/model"),
        ("scripted", {"provider": "scripted", "model": "scripted"}, "/name"),
        ("-fast", {"provider": "scripted", "model": "scripted"}, "/name"),
    ],
)
def test_an_alias_that_leads_nowhere_is_refused(
    server: ServerUnderTest, name: str, route: dict[str, str], pointer: str
) -> None:
    refused = server.call("PUT", f"/model-aliases/{name}", 400, json={"routes": [route]})
    assert refused["details"]["faults"][0]["pointer"] == pointer


def test_ollama_is_asked_for_a_context_and_checked(server: ServerUnderTest, upstream: ModelServer) -> None:
    upstream.key, upstream.models = None, ["llama3:8b"]
    body = {"kind": "ollama", "contextTokens": 8192}
    made = add(server, upstream, **body)
    assert upstream.contexts == {"llama3:8b-ctx8192": 8192}
    assert made["contextTokens"] == 8192
    upstream.largest_context = 4096
    refused = server.call("POST", "/providers", 400, json=draft(upstream, **body))
    assert "a context of 4,096 tokens only" in refused["message"]
    assert server.call("POST", f"/providers/{made['id']}/test", json={})["contextTokens"] == 4096


def test_a_prompt_that_ollama_cuts_is_marked_at_its_call(server: ServerUnderTest, upstream: ModelServer) -> None:
    upstream.key, upstream.models = None, ["llama3:8b"]
    made = add(server, upstream, kind="ollama", contextTokens=1000)
    run = server.start_run(server.agent("lend_key", seconds=0.1))
    file = server.data_dir / "runs" / run / "files" / "key"
    wait_until(file.exists)
    lent = json.loads(file.read_text())
    for words in (10, 3_000):
        asked = {"model": f"{made['name']}/llama3:8b", "messages": [{"role": "user", "content": "word " * words}]}
        answer = server.http.post(
            f"{lent['url']}/chat/completions", json=asked, headers={"Authorization": f"Bearer {lent['key']}"}
        )
        assert answer.json()["choices"][0]["message"]["content"] == "ok"
    file.with_name("enough").touch()
    server.wait(run)
    assert [body["model"] for _, path, _, body in upstream.asked if path.endswith("/chat/completions")][-2:] == [
        "llama3:8b-ctx1000",
        "llama3:8b-ctx1000",
    ]
    calls = {call["inputTokens"]: call["truncatedPrompt"] for call in calls_of(server, run)}
    assert calls[1000] is True
    assert [is_cut for tokens, is_cut in calls.items() if tokens < 100] == [False]


def test_with_zero_egress_nothing_else_is_kept_and_it_is_said(tmp_path: Path, upstream: ModelServer) -> None:
    with running_server(tmp_path, zero_egress="true", provider_allow='["192.0.2.0/24"]') as server:
        wanted = draft(upstream, kind="openai", baseUrl="https://api.openai.com/v1")
        assert "ORCHESTRA_ZERO_EGRESS" in server.call("POST", "/providers", 400, json=wanted)["message"]
        made = add(server, upstream)
        assert server.call("GET", "/providers")["zeroEgress"] is True
        check = server.call("GET", "/health")["checks"]["external_apis"]
        assert "Zero egress" in check["message"]
        assert check["details"] == {"providers": 1, "zeroEgress": True}
        assert "refusal" not in made


def test_a_key_that_an_agent_says_is_kept_nowhere(own_server: ServerUnderTest, upstream: ModelServer) -> None:
    add(own_server, upstream)
    agent = own_server.agent("say", text="")
    said = own_server.wait(own_server.start_run(agent, input={"text": f'the "key" is {KEY}, believe me'}))
    shown = [event.data for event in own_server.events(said["id"])] + [own_server.messages(said["id"])]
    assert json.dumps(shown).count("[secret removed], believe me") >= 8
    broken = own_server.wait(own_server.start_run(own_server.agent("raise"), input={"text": f"{KEY} broke"}))
    assert "[secret removed] broke" in broken["error"]
    own_server.stop()
    for execution in (said, broken):
        del execution["input"]  # what a person gave is theirs
        assert KEY not in json.dumps(execution)
    assert KEY.encode() not in b"".join(file.read_bytes() for file in own_server.data_dir.glob("history.duckdb*"))


def test_an_agent_gets_its_answer_from_the_provider_without_ever_having_the_key(
    server: ServerUnderTest, upstream: ModelServer
) -> None:
    made = add(server, upstream)
    upstream.asked.clear()
    ended = server.run("talk", text=f"{made['name']}/talk-small")
    assert (ended["status"], ended["output"]["answer"]) == ("COMPLETED", "ok")
    [(_, path, headers, body)] = upstream.asked
    assert (path, body["model"]) == ("/v1/chat/completions", "talk-small")
    assert headers["authorization"] == f"Bearer {KEY}"


def test_an_alias_falls_back_when_the_first_provider_fails(server: ServerUnderTest, upstream: ModelServer) -> None:
    with model_server() as broken:
        broken.key = None
        first, second = add(server, broken, retries=0), add(server, upstream)
        broken.refuses["/v1/chat/completions"] = (503, b'{"error": {"message": "overloaded"}}')
        name = f"smart-{first['name']}"
        routes = [{"provider": one["name"], "model": "talk-small"} for one in (first, second)]
        server.call("PUT", f"/model-aliases/{name}", json={"routes": routes})
        upstream.asked.clear()
        ended = server.run("talk", text=name)
    assert (ended["status"], ended["output"]["answer"]) == ("COMPLETED", "ok")
    assert upstream.paths() == ["/v1/chat/completions"]


def test_an_alias_falls_back_where_a_name_leads_to_an_address_that_must_not_be_asked(
    server: ServerUnderTest, upstream: ModelServer
) -> None:
    # A name says nothing; that it leads to this machine is found when it is connected to.
    elsewhere = upstream.url.replace("127.0.0.1", "localhost")
    first = add(server, upstream, kind="compatible", baseUrl=elsewhere, models=["talk-small"], test=False)
    second = add(server, upstream)
    alone = f"{first['name']}/talk-small"
    [told] = calls_of(server, server.run("ask_raw", text=alone)["id"])
    assert (told["status"], told["httpStatus"], told["inputTokens"], told["cost"]) == ("refused", 403, 0, 0)
    assert "ORCHESTRA_PROVIDER_ALLOW" in told["error"]
    routes = [{"provider": one["name"], "model": "talk-small"} for one in (first, second)]
    server.call("PUT", f"/model-aliases/near-{first['name']}", json={"routes": routes})
    ended = server.run("talk", text=f"near-{first['name']}")
    assert (ended["status"], ended["output"]["answer"]) == ("COMPLETED", "ok")
    [kept] = calls_of(server, ended["id"])
    assert (kept["status"], kept["provider"]) == ("completed", second["name"])


def calls_of(server: ServerUnderTest, run: str) -> list[dict[str, Any]]:
    return server.call("GET", f"/executions/{run}/model-calls")["calls"]


def test_an_alias_of_a_scripted_model_is_answered_by_it(server: ServerUnderTest) -> None:
    routes = [{"provider": "scripted", "model": "scripted"}]
    server.call("PUT", "/model-aliases/pretend", json={"routes": routes})
    assert "scripted model" in server.run("talk", text="pretend")["output"]["answer"]
    server.call("DELETE", "/model-aliases/pretend")


def test_a_provider_that_repeats_its_key_in_a_refusal_is_passed_on_without_it(
    own_server: ServerUnderTest, upstream: ModelServer
) -> None:
    made = add(own_server, upstream, retries=0, apiKey=OTHER_KEY, test=False)
    ended = own_server.run("ask_raw", text=f"{made['name']}/talk-small")
    assert ended["output"]["status"] == 401
    assert "[secret removed]" in ended["output"]["body"]
    assert REFUSAL in ended["output"]["body"]
    own_server.stop()
    files = [file for file in (own_server.data_dir / "runs").rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if OTHER_KEY.encode() in file.read_bytes()]


def test_with_zero_egress_an_agent_is_told_why_it_gets_no_answer(tmp_path: Path, upstream: ModelServer) -> None:
    with running_server(tmp_path) as server:
        away = draft(upstream, name="away", kind="openai", baseUrl="https://api.openai.com/v1", test=False)
        server.call("POST", "/providers", 201, json=away)
    with running_server(tmp_path, zero_egress="true") as server:
        told = server.run("ask_raw", text="away/gpt")["output"]
        assert (told["status"], json.loads(told["body"])["error"]["code"]) == (403, "zero_egress")
        assert "ORCHESTRA_ZERO_EGRESS" in told["body"]
        assert "ORCHESTRA_ZERO_EGRESS" in server.call("GET", "/providers/away")["refusal"]
