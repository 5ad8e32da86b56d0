"""Changing an agent only if nobody else has."""

import pytest
from servers import ServerUnderTest


def put(server: ServerUnderTest, agent: str, tag: str, status: int, **body: object) -> dict[str, object]:
    return server.call("PUT", f"/agents/{agent}", status, json=body, headers={"If-Match": tag})


def tag_of(server: ServerUnderTest, agent: str) -> str:
    return server.http.get(f"/api/agents/{agent}").headers["etag"]


def test_a_change_is_made_if_nobody_changed_the_agent_since_it_was_read(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    assert put(server, agent, tag_of(server, agent), 200, name="mine")["name"] == "mine"


@pytest.mark.parametrize("theirs", [{"name": "theirs"}, {"configuration": {"do": "count"}}, {"isActive": False}])
def test_a_change_is_refused_if_somebody_changed_the_agent_meanwhile(
    server: ServerUnderTest, theirs: dict[str, object]
) -> None:
    agent = server.agent("echo")
    tag = tag_of(server, agent)
    server.call("PUT", f"/agents/{agent}", json=theirs)
    refused = put(server, agent, tag, 412, name="mine")
    assert refused["error"] == "precondition_failed"
    assert refused["message"]
    assert server.call("GET", f"/agents/{agent}")["name"] != "mine"
    put(server, agent, tag_of(server, agent), 200, name="mine")


def test_a_run_in_between_does_not_matter(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    tag = tag_of(server, agent)
    server.wait(server.start_run(agent))
    assert tag_of(server, agent) != tag
    put(server, agent, tag, 200, name="mine")


def test_the_version_alone_is_a_tag_too(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    put(server, agent, '"1"', 200, name="mine")
    server.call("PUT", f"/agents/{agent}", json={"configuration": {"do": "count"}})
    assert put(server, agent, '"1"', 412, name="again")["details"] == {"version": 2}
    put(server, agent, '"7", "2"', 200, name="again")


def test_the_answer_to_a_change_has_the_tag_for_the_next_one(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    address = f"/api/agents/{agent}"
    first = server.http.put(address, json={"name": "one"}, headers={"If-Match": "*"})
    second = server.http.put(address, json={"name": "two"}, headers={"If-Match": first.headers["etag"]})
    assert (first.status_code, second.status_code) == (200, 200)
    assert server.http.put(address, json={"name": "x"}, headers={"If-Match": first.headers["etag"]}).status_code == 412


@pytest.mark.parametrize("tag", ["1", 'W/"1"', '"', "", '"nonsense"', '"1-1"'])
def test_a_tag_that_is_not_the_agents_is_refused(server: ServerUnderTest, tag: str) -> None:
    put(server, server.agent("echo"), tag, 412, name="mine")


def test_an_agent_that_is_not_there_is_not_found_whatever_the_tag(server: ServerUnderTest) -> None:
    put(server, "none", '"1"', 404, name="mine")
