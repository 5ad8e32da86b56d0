"""Connections that break: nothing starts twice, no event is lost or doubled."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from proxies import cutting_proxy
from servers import ServerUnderTest, running_server

from orchestra.client import ApiError, AsyncClient, Client, StreamEvent, Unreachable

COUNT = 30
LINES = [f"line {i}" for i in range(COUNT)]


def followed(client: Client, execution: str) -> list[StreamEvent]:
    return list(client.executions.stream(execution))


async def _followed(url: str, key: str, execution: str) -> list[StreamEvent]:
    async with AsyncClient(url, key) as client:
        return [event async for event in client.executions.stream(execution)]


def assert_whole(events: list[StreamEvent]) -> None:
    assert [event.id for event in events] == [f"1-{i}" for i in range(len(events))]
    assert [event.message for event in events if event.kind == "log"] == LINES
    assert events[-1].data["status"] == "COMPLETED"


def counting(server: ServerUnderTest, seconds: float = 0.05) -> str:
    return server.start_run(server.agent("count", count=COUNT, seconds=seconds))


CUTS = [0, 100, 1000, 1001, 1500, 0, 0, 2222, 300, 777]


def test_a_stream_that_is_cut_anywhere_is_whole(server: ServerUnderTest) -> None:
    execution = counting(server)
    with cutting_proxy(server.presence.url) as proxy, Client(proxy.url, server.presence.key) as client:
        proxy.cuts = list(CUTS)
        assert_whole(followed(client, execution))
        assert (proxy.cuts, proxy.connections) == ([], len(CUTS) + 1)


def test_an_awaited_stream_that_is_cut_anywhere_is_whole(server: ServerUnderTest) -> None:
    execution = counting(server)
    with cutting_proxy(server.presence.url) as proxy:
        proxy.cuts = list(CUTS)
        assert_whole(asyncio.run(_followed(proxy.url, server.presence.key, execution)))
        assert (proxy.cuts, proxy.connections) == ([], len(CUTS) + 1)


@pytest.mark.parametrize("cuts", [[0], [0, 0, 0], [20]])
def test_a_start_whose_answer_is_lost_starts_once(server: ServerUnderTest, cuts: list[int]) -> None:
    agent = server.agent("echo")
    with cutting_proxy(server.presence.url) as proxy, Client(proxy.url, server.presence.key) as client:
        proxy.cuts = list(cuts)
        started = client.executions.start(agent)["executionId"]
        assert proxy.connections == len(cuts) + 1
        assert [one["id"] for one in client.executions.list(agent_id=agent)] == [started]


def test_what_is_not_known_again_is_sent_once_and_the_error_says_so(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    with cutting_proxy(server.presence.url) as proxy, Client(proxy.url, server.presence.key) as client:
        proxy.cuts = [0]
        with pytest.raises(Unreachable, match="may have been done"):
            client.agents.update(agent, description="changed")
        assert proxy.connections == 1
        assert client.agents.get(agent)["name"] == "probe echo"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_who_follows_a_data_folder_is_taken_along_by_the_next_server(own_server: ServerUnderTest, end: str) -> None:
    execution = counting(own_server, 0.1)
    with Client.local(own_server.data_dir) as client:
        events: list[StreamEvent] = []
        for event in client.executions.stream(execution):
            events.append(event)
            if event.message == "line 5":
                getattr(own_server, end)()
                own_server.start()
        assert_whole(events)
        assert client.executions.get(execution)["status"] == "COMPLETED"


def test_who_waits_goes_on_waiting_while_the_server_is_away(own_server: ServerUnderTest) -> None:
    key = own_server.call("POST", "/keys", 201, json={"name": "mine"})["key"]
    with Client(own_server.presence.url, key) as client, ThreadPoolExecutor() as threads:
        waiting = threads.submit(client.executions.wait, counting(own_server))
        own_server.kill()
        time.sleep(5)
        own_server.start()
        assert waiting.result(30)["status"] == "COMPLETED"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_who_follows_by_address_and_key_goes_on_after_a_restart(own_server: ServerUnderTest, end: str) -> None:
    key = own_server.call("POST", "/keys", 201, json={"name": "mine"})["key"]
    execution = counting(own_server, 0.1)

    async def follow() -> list[StreamEvent]:
        events: list[StreamEvent] = []
        async with AsyncClient(own_server.presence.url, key) as client:
            async for event in client.executions.stream(execution):
                events.append(event)
                if event.message == "line 5":
                    await asyncio.to_thread(getattr(own_server, end))
                    await asyncio.to_thread(own_server.start)
        return events

    assert_whole(asyncio.run(follow()))


def test_a_call_after_a_restart_finds_the_new_server_and_its_key(own_server: ServerUnderTest) -> None:
    with Client.local(own_server.data_dir) as client:
        agent = client.agents.create("echo", "probe", configuration={"do": "echo"})["id"]
        own_server.kill()
        own_server.start()
        assert client.agents.update(agent, name="changed")["name"] == "changed"
        started = client.executions.start(agent)["executionId"]
        assert client.executions.wait(started)["status"] == "COMPLETED"


def test_who_is_refused_too_often_waits_as_long_as_is_asked_for(tmp_path: Path) -> None:
    with running_server(tmp_path, rate_limit="2/3 seconds") as server:
        key = server.call("POST", "/keys", 201, json={"name": "mine"})["key"]
        statuses: list[int] = []
        hooks = {"response": [lambda response: statuses.append(response.status_code)]}
        with Client(server.presence.url, key, event_hooks=hooks) as client:
            while 429 not in statuses:
                client.me.get()
            assert statuses[-1] == 200


def test_who_would_have_to_wait_too_long_is_told(tmp_path: Path) -> None:
    with running_server(tmp_path, rate_limit="2/day") as server:
        key = server.call("POST", "/keys", 201, json={"name": "mine"})["key"]
        with Client(server.presence.url, key) as client:
            client.me.get()
            client.me.get()
            with pytest.raises(ApiError, match="too often") as raised:
                client.me.get()
            assert raised.value.retry_after_seconds is not None and raised.value.retry_after_seconds > 10
