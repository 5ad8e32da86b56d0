"""Bad input over REST: each a clear error in the one shape, and nothing half-written."""

import gzip
import json
from typing import Any

import httpx2
import pytest
from servers import ServerUnderTest

GOOD: dict[str, Any] = {"name": "n", "framework": "probe", "configuration": {"do": "echo"}}


def refusal(response: httpx2.Response, status: int) -> dict[str, Any]:
    """The error in the response, which must have the one shape."""
    body = response.json()
    assert response.status_code == status, body
    assert set(body) == {"error", "message", "details"}
    assert isinstance(body["details"], dict)
    assert body["message"]
    return body


def post(server: ServerUnderTest, body: Any, path: str = "/api/agents") -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return server.http.post(path, content=content, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("body", [b"{", b"", b"[1", b'{"name": }', b"\xff\xfe", b"nonsense"])
def test_broken_json_is_400(server: ServerUnderTest, body: bytes) -> None:
    refusal(post(server, body), 400)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": 7}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": None}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": "a\ud800b"}, "/name"),
        ({"description": None}, "/description"),
        ({"description": ["x"]}, "/description"),
        ({"framework": "no-such"}, "/framework"),
        ({"framework": 3}, "/framework"),
        ({"tags": "x"}, "/tags"),
        ({"tags": ["ok", 5]}, "/tags/1"),
        ({"tags": ["ok", ""]}, "/tags/1"),
        ({"isActive": "yes"}, "/isActive"),
        ({"isActive": None}, "/isActive"),
        ({"configuration": []}, "/configuration"),
        ({"configuration": {}}, "/configuration/do"),
        ({"configuration": {"do": 1}}, "/configuration/do"),
        ({"configuration": {"do": "echo", "seconds": "fast"}}, "/configuration/seconds"),
        ({"configuration": {"do": "echo", "nested": {"depth": 1.5}}}, "/configuration/nested/depth"),
        ({"configuration": {"do": "a\x00"}}, "/configuration/do"),
        ({"configuration": {"do": "\udfff"}}, "/configuration/do"),
        ({"configuration": {"do": "echo", "limits": {"timeoutSeconds": 0}}}, "/configuration/limits/timeoutSeconds"),
        ({"configuration": {"do": "echo", "nested": {"a/b~c": "\x00"}}}, "/configuration/nested/a~1b~0c"),
        ({"configuration": {"do": "echo", "seconds": float("nan")}}, "/configuration/seconds"),
        ({"configuration": {"do": "echo", "seconds": float("inf")}}, "/configuration/seconds"),
    ],
)
def test_a_field_that_is_wrong_is_pointed_at(server: ServerUnderTest, change: Any, pointer: str) -> None:
    before = server.call("GET", "/agents")["pagination"]["total"]
    error = refusal(post(server, {**GOOD, **change}), 400)
    assert pointer in [fault["pointer"] for fault in error["details"]["faults"]]
    assert server.call("GET", "/agents")["pagination"]["total"] == before


def test_all_faults_are_told_at_once(server: ServerUnderTest) -> None:
    error = refusal(post(server, {"name": "x" * 101, "framework": "probe", "configuration": {"do": 1}}), 400)
    assert [fault["pointer"] for fault in error["details"]["faults"]] == ["/name"]
    error = refusal(post(server, {**GOOD, "name": " ", "tags": [""], "configuration": {"do": 1}}), 400)
    assert [fault["pointer"] for fault in error["details"]["faults"]] == ["/name", "/tags/0", "/configuration/do"]


def test_an_unknown_field_of_a_configuration_is_refused(server: ServerUnderTest) -> None:
    error = refusal(post(server, {**GOOD, "configuration": {"do": "echo", "extra": 1}}), 400)
    assert "extra" in error["message"]


def test_a_configuration_nested_without_end_is_refused(server: ServerUnderTest) -> None:
    body = (
        b'{"name":"n","framework":"probe","configuration":{"do":"echo","nested":' + b'{"a":' * 300 + b"1" + b"}" * 302
    )
    refusal(post(server, body), 400)
    refusal(post(server, b"[" * 200_000), 400)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=1e3", "limit=0", "limit=101", "status=BUSY", "page=" + "9" * 40]
)
@pytest.mark.parametrize("path", ["/api/agents", "/api/executions"])
def test_impossible_pages_and_filters_are_400(server: ServerUnderTest, path: str, query: str) -> None:
    refusal(server.http.get(f"{path}?{query}"), 400)


def test_an_unknown_framework_to_filter_by_is_400(server: ServerUnderTest) -> None:
    assert "Installed:" in refusal(server.http.get("/api/agents?framework=nope"), 400)["message"]


@pytest.mark.parametrize("path", ["", "/logs", "/stream"])
@pytest.mark.parametrize("identifier", ["unknown", "%00", "%0Ax", "a%2Fb", "%F0%9F%92%A9", "'; DROP TABLE agents; --"])
def test_unknown_executions_are_404(server: ServerUnderTest, identifier: str, path: str) -> None:
    refusal(server.http.get(f"/api/executions/{identifier}{path}"), 404)


@pytest.mark.parametrize(
    "change",
    [
        {"agentId": 5},
        {"agentId": None},
        {"input": "text"},
        {"input": {"a": "\x00"}},
        {"input": {"\ud800": 1}},
        {"environment": "moon"},
        {"trigger": "magic"},
        {"configuration": {"do": 5}},
        {"configuration": {"unknown": 5}},
    ],
)
def test_a_start_that_is_wrong_starts_nothing(server: ServerUnderTest, change: Any) -> None:
    agent = server.agent("echo")
    refusal(post(server, {"agentId": agent, **change}, "/api/executions"), 400)
    assert server.call("GET", "/executions", params={"agentId": agent})["executions"] == []


def test_starting_an_unknown_agent_is_404(server: ServerUnderTest) -> None:
    refusal(post(server, {"agentId": "unknown"}, "/api/executions"), 404)


@pytest.mark.parametrize("path", ["/api/nothing", "/api/agents/a/b/c", "/api/", "/api"])
def test_unknown_paths_are_404_in_the_one_shape(server: ServerUnderTest, path: str) -> None:
    refusal(server.http.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/api/agents"), ("POST", "/api/health"), ("PUT", "/api/executions")]
)
def test_wrong_methods_are_405_in_the_one_shape(server: ServerUnderTest, method: str, path: str) -> None:
    response = server.http.request(method, path)
    assert refusal(response, 405)["error"] == "method_not_allowed"
    assert response.headers["allow"]


@pytest.mark.parametrize("path", ["/api/agents", "/api/executions", "/llm/v1/chat/completions", "/sign-in"])
def test_a_body_of_20_megabytes_is_413(server: ServerUnderTest, path: str) -> None:
    assert server.http.post(path, content=b"x" * 20_000_000).status_code == 413


def test_a_model_call_that_is_too_large_is_told_in_its_formats_shape(server: ServerUnderTest) -> None:
    chat, messages = (
        server.http.post(f"/llm/v1/{path}", content=b"x" * 20_000_000).json()
        for path in ("chat/completions", "messages")
    )
    sentence = "The request is larger than 10,000,000 bytes. Send less at once."
    assert chat["error"] == {
        "message": sentence,
        "type": "invalid_request_error",
        "param": None,
        "code": "too_large",
    }
    assert messages == {
        "type": "error",
        "error": {"type": "request_too_large", "message": sentence, "code": "too_large"},
    }


def test_a_body_that_hides_its_size_is_413_too(server: ServerUnderTest) -> None:
    chunks = (b"x" * 1_000_000 for _ in range(20))
    refusal(server.http.post("/api/agents", content=chunks, headers={"Content-Type": "application/json"}), 413)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer null", "Bearer undefined", "Basic abc", "ao_", "Bearer ao_" + "0" * 64],
)
def test_who_has_no_valid_key_gets_401(server: ServerUnderTest, authorization: str) -> None:
    headers = {"Authorization": authorization}
    response = httpx2.get(server.presence.url + "/api/agents", headers=headers, trust_env=False)
    assert refusal(response, 401)["error"] == "unauthorized"
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_wrong_method_is_answered_with_all_that_are_right(server: ServerUnderTest) -> None:
    refused = server.http.request("PATCH", f"/api/agents/{server.agent('echo')}")
    assert refused.headers["allow"] == "DELETE, GET, PUT"
    assert "DELETE, GET, PUT" in refusal(refused, 405)["message"]


@pytest.mark.parametrize(
    ("headers", "content", "words"),
    [
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, gzip.compress(b"{}"), "compressed ('gzip')"),
        ({"Content-Type": "text/plain"}, b"{}", "sent as 'text/plain'"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"name=x", "'application/x-www-form-urlencoded'"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", "sent as 'multipart/form-data'"),
        ({}, b"{}", "without a Content-Type"),
        ({"Content-Type": ";;;"}, b"{}", "without a Content-Type"),
        ({"Content-Type": "application/json"}, b"", "A body is needed"),
        ({"Content-Type": "application/json"}, b"\xff\xfe\xfa", "not in UTF-8"),
        ({"Content-Type": "application/json"}, b"[" * 200_000, "nested too deeply"),
        ({"Content-Type": "application/json"}, b"[1]", "must be a JSON object"),
        ({"Content-Type": "application/json"}, b'"x"', "must be a JSON object"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_our_own_words(
    server: ServerUnderTest, headers: dict[str, str], content: bytes, words: str
) -> None:
    response = server.http.post("/api/agents", content=content, headers=headers)
    error = refusal(response, 400)
    assert words in error["message"]
    assert error["details"]["faults"][0] == {"pointer": "", "message": error["message"]}


def test_a_compressed_message_to_a_hook_is_refused_in_our_own_words(server: ServerUnderTest) -> None:
    token = server.call("POST", "/hooks", 201, json={"agentId": server.agent("echo"), "name": "h"})["token"]
    headers = {"Content-Encoding": "gzip"}
    response = server.http.post(f"/api/hooks/{token}", content=gzip.compress(b"{}"), headers=headers)
    assert "compressed ('gzip')" in refusal(response, 400)["message"]
