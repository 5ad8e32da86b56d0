"""Rate limits over REST."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from people import a_key, client_of
from servers import ServerUnderTest, running_server

from orchestra.domain.ratelimits import RateLimit, parse_rate_limit
from orchestra.errors import CannotStart
from orchestra.settings import load_settings


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    limits = {"rate_limit": "5/hour", "execution_rate_limit": "2/hour", "sign_in_rate_limit": "3/15 minutes"}
    with running_server(tmp_path_factory.mktemp("strict"), **limits) as server:
        yield server


def test_a_key_that_asks_too_often_is_refused_until_later(strict: ServerUnderTest) -> None:
    with client_of(strict, a_key(strict)["key"]) as client:
        answers = [client.get("/agents") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    refused = answers[-1]
    assert refused.json()["error"] == "rate_limited"
    assert refused.headers["ratelimit-limit"] == "5"
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert refused.json()["details"]["retryAfterSeconds"] == int(refused.headers["retry-after"])


def test_starting_executions_has_a_limit_of_its_own_for_each_key(strict: ServerUnderTest) -> None:
    agent = strict.agent("echo")
    for _ in range(2):
        with client_of(strict, a_key(strict)["key"]) as client:
            answers = [client.post("/executions", json={"agentId": agent}) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [201, 201, 429]
            assert client.get("/agents").status_code == 200


def test_sign_in_attempts_are_limited_by_address(strict: ServerUnderTest) -> None:
    with httpx2.Client(base_url=strict.presence.url, trust_env=False) as visitor:
        statuses = [
            visitor.post("/api/sessions", json={"name": "x", "password": "y"}).status_code,
            visitor.post("/sign-in", data={"key": "ao_x"}).status_code,
            visitor.post("/sign-in", data={"key": "ao_x"}, headers={"X-Forwarded-For": "10.1.1.1"}).status_code,
            visitor.post("/sign-in", data={"key": "ao_x"}, headers={"X-Forwarded-For": "10.1.1.2"}).status_code,
        ]
        assert statuses == [401, 401, 401, 429]
        assert visitor.get("/sign-in").status_code == 200
        assert visitor.get("/api/health").status_code == 200


def test_health_and_the_command_line_of_the_machine_are_not_limited(strict: ServerUnderTest) -> None:
    assert {strict.http.get("/api/agents").status_code for _ in range(20)} == {200}
    assert "ratelimit-limit" not in strict.http.get("/api/health").headers


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("1000/hour", RateLimit(1000, 3600)),
        ("10/15 minutes", RateLimit(10, 900)),
        ("1/second", RateLimit(1, 1)),
        ("5/2 days", RateLimit(5, 172_800)),
        ("off", None),
    ],
)
def test_limits_are_written_as_people_say_them(text: str, limit: RateLimit | None) -> None:
    assert parse_rate_limit(text) == limit


@pytest.mark.parametrize("text", ["", "many", "0/hour", "10/fortnight", "10 per hour", "-1/hour"])
def test_a_setting_that_is_no_limit_stops_the_start_with_a_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="ORCHESTRA_RATE_LIMIT"):
        load_settings(rate_limit=text, data_dir=tmp_path)
