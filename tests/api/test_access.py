"""Who may pass: sessions, one-time links, hosts and origins; and what is open to everybody."""

import httpx2
import pytest
from servers import ServerUnderTest

COOKIE = "next-auth.session-token"


@pytest.fixture
def visitor(server: ServerUnderTest):
    with httpx2.Client(base_url=server.presence.url, trust_env=False) as client:
        yield client


def link(server: ServerUnderTest) -> str:
    return server.http.post("/links").json()["path"]


def test_health_and_the_api_document_are_open(visitor: httpx2.Client) -> None:
    assert visitor.get("/api/health").json()["status"] == "healthy"
    document = visitor.get("/api/openapi.json").json()
    assert {"/api/agents", "/api/agents/{agent_id}", "/api/executions/{execution_id}/stream"} <= set(document["paths"])
    assert "422" not in str(document["paths"])


@pytest.mark.parametrize("path", ["/", "/agents", "/executions/x", "/_nicegui/anything"])
def test_pages_send_strangers_to_sign_in(visitor: httpx2.Client, path: str) -> None:
    response = visitor.get(path)
    assert (response.status_code, response.headers["location"]) == (303, f"/sign-in?next={path}")


def test_a_link_into_the_screens_is_whole_after_signing_in(visitor: httpx2.Client) -> None:
    location = visitor.get("/executions?status=FAILED&page=2").headers["location"]
    assert location == "/sign-in?next=/executions%3Fstatus%3DFAILED%26page%3D2"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/sign-in", "/link"])
def test_other_methods_of_the_open_pages_are_not_open(visitor: httpx2.Client, method: str, path: str) -> None:
    assert visitor.request(method, path).status_code in {303, 401}


@pytest.mark.parametrize("path", ["/api/agents", "/api/executions", "/api/nothing"])
def test_the_api_tells_strangers_nothing(visitor: httpx2.Client, path: str) -> None:
    assert visitor.get(path).status_code == 401


def test_a_one_time_link_signs_in_once(server: ServerUnderTest, visitor: httpx2.Client) -> None:
    path = link(server)
    response = visitor.get(path)
    assert (response.status_code, response.headers["location"]) == (303, "/")
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert visitor.get("/api/agents").status_code == 200
    visitor.cookies.clear()
    assert visitor.get(path).status_code == 401


def test_a_key_signs_in_by_the_form(server: ServerUnderTest, visitor: httpx2.Client) -> None:
    origin = {"Origin": server.presence.url}
    refused = visitor.post("/sign-in", data={"key": "ao_wrong"}, headers=origin)
    assert (refused.status_code, "not valid" in refused.text) == (401, True)
    response = visitor.post("/sign-in", data={"key": server.presence.key, "next": "/agents"}, headers=origin)
    assert (response.status_code, response.headers["location"]) == (303, "/agents")
    assert visitor.get("/api/agents").status_code == 200


def test_signing_out_ends_the_session(server: ServerUnderTest, visitor: httpx2.Client) -> None:
    visitor.get(link(server))
    session = visitor.cookies[COOKIE]
    visitor.post("/sign-out", headers={"Origin": server.presence.url})
    stolen = httpx2.get(server.presence.url + "/api/agents", headers={"Cookie": f"{COOKIE}={session}"}, trust_env=False)
    assert stolen.status_code == 401


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_sign_in_never_leads_elsewhere(server: ServerUnderTest, visitor: httpx2.Client, target: str) -> None:
    data = {"key": server.presence.key, "next": target}
    assert visitor.post("/sign-in", data=data, headers={"Origin": server.presence.url}).headers["location"] == "/"


def test_the_sign_in_page_escapes_what_it_is_given(visitor: httpx2.Client) -> None:
    assert "<script>" not in visitor.get("/sign-in", params={"next": '/"><script>alert(1)</script>'}).text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.nip.io", ""]
)
def test_a_foreign_host_gets_nowhere(server: ServerUnderTest, host: str) -> None:
    response = server.http.get("/api/agents", headers={"Host": host})
    assert (response.status_code, response.json()["error"]) == (403, "refused")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:9999"])
def test_a_page_of_another_origin_changes_nothing(server: ServerUnderTest, visitor: httpx2.Client, origin: str) -> None:
    visitor.get(link(server))
    response = visitor.post("/api/agents", json={"name": "x", "framework": "probe"}, headers={"Origin": origin})
    assert response.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Cookie": f"{COOKIE}=wrong"}],
    ids=["stranger", "origin", "cookie"],
)
def test_websockets_are_guarded_like_pages(visitor: httpx2.Client, headers: dict[str, str]) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    path = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    assert visitor.get(path, headers={**upgrade, **headers}).status_code == 403


def test_pages_carry_a_content_security_policy(visitor: httpx2.Client) -> None:
    policy = visitor.get("/sign-in").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy
