"""Both clients beside a real server: the same calls, once blocking and once awaited."""

import asyncio
import inspect
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from boxed import Boxed, boxed_agent
from servers import ServerUnderTest, running_server

from orchestra.client import ApiError, AsyncClient, Client, Unreachable


class Awaited:
    """An AsyncClient that a test can use as it uses the other one: each call runs to its end, each list is read."""

    def __init__(self, thing: Any, loop: asyncio.Runner) -> None:
        self._thing = thing
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        return Awaited(found, self._loop) if not callable(found) else lambda *a, **k: self._finish(found(*a, **k))

    def _finish(self, made: Any) -> Any:
        return self._loop.run(_finished(made))


async def _finished(made: Any) -> Any:
    return [item async for item in made] if inspect.isasyncgen(made) else await made


@contextmanager
def blocking(server: ServerUnderTest) -> Iterator[Any]:
    with Client(server.presence.url, server.presence.key) as client:
        yield client


@contextmanager
def awaiting(server: ServerUnderTest) -> Iterator[Any]:
    with asyncio.Runner() as loop:
        client = Awaited(AsyncClient(server.presence.url + "/", server.presence.key), loop)
        yield client
        client.close()


BOTH = pytest.mark.parametrize("connect", [blocking, awaiting])
Connect = Callable[[ServerUnderTest], Any]
PROBE = {"do": "echo"}


@pytest.fixture
def boxed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Boxed, ServerUnderTest]]:
    """A server with a framework that needs an install, which waits while there is the gate."""
    plugin = Boxed(tmp_path)
    plugin.use(monkeypatch)
    plugin.gate.touch()
    with running_server(tmp_path) as server:
        yield plugin, server


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """A server with 250 agents."""
    with running_server(tmp_path_factory.mktemp("many")) as server, blocking(server) as client:
        for i in range(250):
            client.agents.create(f"agent {i}", "probe", configuration=PROBE)
        yield server


@BOTH
def test_a_list_goes_over_all_pages(many: ServerUnderTest, connect: Connect) -> None:
    with connect(many) as client:
        names = [agent["name"] for agent in client.agents.list()]
        assert names == [f"agent {i}" for i in reversed(range(250))]
        for limit in (0, 1, 100, 101, 250, 300):
            assert [agent["name"] for agent in client.agents.list(limit=limit)] == names[:limit]
        assert list(client.agents.list(status="RUNNING")) == []


def test_a_list_asks_for_a_page_when_it_is_needed(many: ServerUnderTest) -> None:
    asked: list[str] = []
    with Client(
        many.presence.url,
        many.presence.key,
        event_hooks={"request": [lambda request: asked.append(str(request.url))]},
    ) as client:
        agents = client.agents.list()
        assert asked == []
        first = [next(agents) for _ in range(100)]
        assert (len(first), len(asked)) == (100, 1)
        next(agents)
        assert len(asked) == 2


@BOTH
def test_a_run_is_started_followed_and_read(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        agent = client.agents.create("counter", "probe", configuration={"do": "count", "count": 4, "seconds": 0})
        given: Any = {"input": {"n": 1}, "configuration": {"count": 5}, "environment": "staging"}
        started = client.executions.start(agent["id"], **given)["executionId"]
        events = list(client.executions.stream(started))
        assert [event.id for event in events] == [f"1-{i}" for i in range(len(events))]
        assert [event.message for event in events if event.kind == "log"] == [f"line {i}" for i in range(5)]
        assert (events[-1].kind, events[-1].data["status"]) == ("status", "COMPLETED")
        assert list(client.executions.stream(started, last_id=events[3].id)) == events[4:]
        assert list(client.executions.stream(started, last_id=events[-1].id)) == []
        ended = client.executions.wait(started, timeout_seconds=10)
        assert (ended["status"], ended["input"], ended["environment"]) == ("COMPLETED", {"n": 1}, "staging")
        assert [line["message"] for line in client.executions.logs(started, limit=3)] == ["line 0", "line 1", "line 2"]
        again = client.executions.retry(started)["executionId"]
        assert client.executions.wait(again)["retryOf"] == started
        assert [one["id"] for one in client.executions.list(agent_id=agent["id"])] == [again, started]


@BOTH
def test_files_that_a_run_has_left_are_listed_shown_and_read(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        agent = client.agents.create("leaver", "probe", configuration={"do": "leave"})
        files = {"big": "0123456789" * 900_000, "empty": "", "a/t.csv": "x,y"}
        run = client.executions.wait(client.executions.start(agent["id"], input={"files": files})["executionId"])["id"]
        found = {one["path"]: one["id"] for one in client.executions.artifacts(run)}
        pieces = list(client.executions.artifact(run, found["big"]))
        assert (len(pieces), b"".join(pieces).decode()) == (3, files["big"])
        assert b"".join(client.executions.artifact(run, found["empty"])) == b""
        assert client.executions.preview(run, found["a/t.csv"])["rows"] == [["x", "y"]]
        with pytest.raises(ApiError, match="There is no artifact"):
            list(client.executions.artifact(run, "nothing"))


def test_a_file_that_changes_while_it_is_read_is_not_mixed(server: ServerUnderTest) -> None:
    run = server.start_run(server.agent("leave"), input={"files": {"big": "0" * 9_000_000}})
    server.wait(run)
    with Client(server.presence.url, server.presence.key) as client:
        [artifact] = client.executions.artifacts(run)
        pieces = client.executions.artifact(run, artifact["id"])
        next(pieces)
        (server.data_dir / "runs" / run / "files" / "big").write_text("1" * 9_000_000)
        with pytest.raises(ApiError) as raised:
            next(pieces)
        assert raised.value.code == "precondition_failed"


@BOTH
def test_a_run_is_cancelled(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        started = client.executions.start(server.agent("sleep", seconds=600))["executionId"]
        with pytest.raises(TimeoutError, match="has not ended within"):
            client.executions.wait(started, timeout_seconds=0.2)
        client.executions.cancel(started)
        assert list(client.executions.stream(started))[-1].data["status"] == "CANCELLED"
        with pytest.raises(ApiError) as raised:
            client.executions.cancel(started)
        assert (raised.value.status, raised.value.code) == (409, "already_ended")


@BOTH
def test_an_error_carries_all_that_the_server_says(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        with pytest.raises(ApiError) as raised:
            client.agents.create("wrong", "probe", configuration={"do": 5})
        error = raised.value
        assert (error.status, error.code) == (400, "bad_request")
        assert error.details["faults"][0]["pointer"] == "/configuration/do"
        assert str(error) == error.message
        with pytest.raises(ApiError, match=r"There is no execution '\.\.'\.") as raised:
            list(client.executions.stream(".."))
        assert raised.value.status == 404


@BOTH
def test_who_has_no_key_is_told_so_and_sees_the_health(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        assert client.health()["status"] == "healthy"
    with Client(server.presence.url) as anybody:
        assert anybody.health()["checks"]["database"]["status"] == "pass"
        with pytest.raises(ApiError) as raised:
            anybody.me.get()
        assert (raised.value.status, raised.value.code) == (401, "unauthorized")


@BOTH
def test_agents_are_changed_held_and_put_back(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        made = client.agents.create("mine", "probe", configuration=PROBE, tags=["a"])
        client.agents.update(made["id"], configuration={"do": "fail"}, version=1)
        with pytest.raises(ApiError) as raised:
            client.agents.update(made["id"], description="x", version=1)
        assert raised.value.code == "version_conflict"
        assert [one["version"] for one in client.agents.versions(made["id"])] == [2, 1]
        assert client.agents.version(made["id"], 1)["configuration"] == PROBE
        assert client.agents.restore(made["id"], 1)["version"] == 3
        assert client.agents.pause(made["id"])["status"] == "PAUSED"
        assert client.agents.resume(made["id"])["status"] == "IDLE"
        assert client.agents.stop(made["id"])["status"] == "STOPPED"
        assert client.agents.start(made["id"])["status"] == "IDLE"
        assert client.agents.get(made["id"])["_count"] == {"executions": 0}
        client.agents.delete(made["id"])
        assert made["id"] not in [agent["id"] for agent in client.agents.list()]


@BOTH
def test_who_edits_what_was_changed_meanwhile_is_refused(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        agent = client.agents.create("mine", "probe", configuration=PROBE)["id"]
        tag = client.agents.etag(agent)
        assert client.agents.update(agent, if_match=tag, name="ours")["name"] == "ours"
        with pytest.raises(ApiError) as raised:
            client.agents.update(agent, if_match=tag, name="theirs")
        assert (raised.value.status, raised.value.code) == (412, "precondition_failed")
        assert client.agents.update(agent, if_match='"1"', name="theirs")["name"] == "theirs"
        with pytest.raises(ApiError, match="There is no agent"):
            client.agents.etag("nobody")


@BOTH
def test_executions_are_narrowed_by_several_statuses_and_time(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        agent = client.agents.create("echo", "probe", configuration=PROBE)["id"]
        before = datetime.now(UTC)
        staged = client.executions.start(agent, environment="staging")["executionId"]
        client.executions.wait(staged)
        failed = client.executions.start(agent, configuration={"do": "fail"})["executionId"]
        assert client.executions.wait(failed)["failure"] == "framework"
        behind = datetime.now(UTC)

        def found(**filters: Any) -> list[str]:
            return [one["id"] for one in client.executions.list(agent_id=agent, **filters)]

        assert found(status=["COMPLETED", "FAILED"]) == [failed, staged]
        assert found(status="FAILED") == [failed]
        assert found(environment="staging", framework="probe") == [staged]
        assert found(framework="miniagi") == []
        assert found(from_=before, to=behind) == [failed, staged]
        assert found(to=before.isoformat()) == found(from_=behind) == []


@BOTH
def test_the_queue_is_held_and_let_go(own_server: ServerUnderTest, connect: Connect) -> None:
    with connect(own_server) as client:
        paused = client.queue.pause()
        assert (paused["isPaused"], bool(paused["pausedBy"])) == (True, True)
        agent = own_server.agent("echo")
        first, urgent = (client.executions.start(agent, priority=one)["executionId"] for one in ("low", 50))
        assert [client.executions.get(one)["queuePosition"] for one in (first, urgent)] == [2, 1]
        assert client.queue.get()["waiting"] == 2
        assert client.queue.resume()["isPaused"] is False
        assert client.executions.wait(urgent)["priority"] == 50


@BOTH
def test_what_is_tried_again_shows_its_attempts(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        retries = {"attempts": 2, "backoffSeconds": 0.1, "failures": ["framework"]}
        agent = client.agents.create("fail", "probe", configuration={"do": "fail", "retries": retries})["id"]
        started = client.executions.start(agent)["executionId"]
        ended = client.executions.wait(started, timeout_seconds=60)
        assert [(one["number"], one["failure"]) for one in ended["attempts"]] == [(1, "framework"), (2, "framework")]
        assert list(client.executions.stream(started))[-1].data["status"] == "FAILED"


@BOTH
def test_a_framework_is_installed_followed_examined_and_removed(
    boxed: tuple[Boxed, ServerUnderTest], connect: Connect
) -> None:
    plugin, server = boxed
    with connect(server) as client:
        agent = boxed_agent(server)
        assert client.agents.deploy(agent)["status"] == "DEPLOYING"
        with pytest.raises(TimeoutError, match="goes on"):
            client.frameworks.wait("boxed", timeout_seconds=0.2)
        assert client.frameworks.install("boxed")["state"] == "building"
        assert client.frameworks.cancel("boxed")["id"] == "boxed"
        assert client.frameworks.wait("boxed", timeout_seconds=60)["state"] == "not_installed"
        plugin.gate.unlink()
        client.frameworks.install("boxed")
        states = [one["state"] for one in client.frameworks.follow("boxed")]
        assert (states[-1], set(states[:-1])) == ("ready", {"building"})
        assert client.frameworks.wait("boxed")["environment"]["packages"] == 1
        assert "boxpkg==1.0" in client.frameworks.log("boxed")["log"]
        assert client.frameworks.doctor()["healthy"] is True
        client.frameworks.repair("boxed")
        assert client.frameworks.wait("boxed", timeout_seconds=60)["state"] == "ready"
        assert client.frameworks.overview()["disk"]["totalBytes"] > 0
        assert client.frameworks.remove_unused()["removed"] == []
        client.frameworks.remove("boxed")
        assert [one["state"] for one in client.frameworks.follow("boxed")] == ["not_installed"]


@BOTH
def test_schedules_are_made_changed_and_run(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        at = datetime.now(UTC) + timedelta(days=300)
        made = client.schedules.create(
            server.agent("echo"), "nightly", cron="30 9 * * 1-5", timezone="Europe/Berlin", ends_at=at, overlap="queue"
        )
        assert datetime.fromisoformat(made["endsAt"]) == at
        assert "endsAt" not in client.schedules.update(made["id"], ends_at=None, is_paused=True)
        assert client.schedules.resume(made["id"])["isPaused"] is False
        started = client.schedules.run(made["id"])["executionId"]
        assert client.executions.wait(started)["scheduleId"] == made["id"]
        assert len(client.schedules.preview(made["id"], count=3)["ticks"]) == 3
        assert len(client.schedules.preview_timing(interval_seconds=60)["ticks"]) == 10
        assert list(client.schedules.ticks(made["id"])) == []
        client.schedules.delete(made["id"])


@BOTH
def test_hooks_start_their_agent_once_for_each_message(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        hook = client.hooks.create(server.agent("echo"), "shop", signed=True)
        calls = [
            client.hooks.call(hook["token"], {"n": 1}, message_id="m-1", secret=hook["secret"])["executionId"]
            for _ in range(2)
        ]
        assert calls[0] == calls[1]
        assert client.executions.wait(calls[0])["input"] == {"n": 1}
        with pytest.raises(ApiError) as raised:
            client.hooks.call(hook["token"], {"n": 1})
        assert raised.value.status == 401


@BOTH
def test_keys_people_webhooks_and_configurations_are_made_and_deleted(
    server: ServerUnderTest, connect: Connect
) -> None:
    with connect(server) as client:
        key = client.keys.create("ci", scopes=["run"], expires_at=datetime.now(UTC) + timedelta(days=1))
        with Client(server.presence.url, key["key"]) as limited:
            assert limited.me.get()["permissions"] == ["read", "run"]
        client.keys.revoke(key["id"])
        assert key["id"] not in [one["id"] for one in client.keys.list()]
        person = client.users.create(f"Ada {time.time()}", "member", password="correct horse battery")
        assert client.users.update(person["id"], password=None, role="viewer")["hasPassword"] is False
        client.users.delete(person["id"])
        webhook = client.webhooks.create("https://nobody.invalid/in", ["execution.*"])
        assert webhook["secret"].startswith("whsec_")
        posted = client.webhooks.test(webhook["id"])["deliveryIds"]
        assert [one["id"] for one in client.webhooks.deliveries(webhook["id"])] == posted
        client.webhooks.delete(webhook["id"])
        saved = client.configurations.create("mine", "probe", PROBE, is_template=True)
        assert saved["id"] in [one["id"] for one in client.configurations.list(template=True, search="mine")]
        client.configurations.delete(saved["id"])
        assert "probe" in [framework["id"] for framework in client.frameworks.list()]
        assert client.frameworks.get("probe")["configSchema"]["type"] == "object"
        assert "broken" in [plugin["name"] for plugin in client.frameworks.plugins()]


@BOTH
def test_what_has_no_method_can_be_called(server: ServerUnderTest, connect: Connect) -> None:
    with connect(server) as client:
        found = client.call("GET", "/api/agents", params={"limit": 1, "framework": None})
        assert found["pagination"]["limit"] == 1


def test_the_dashboard_is_followed_until_one_stops(server: ServerUnderTest) -> None:
    with blocking(server) as client:
        assert client.dashboard.metrics("24h")["timeframe"] == "24h"
        parts = client.dashboard.follow("24h")
        assert next(parts).kind == "snapshot"
        execution = server.run("echo")["id"]
        while (part := next(parts)).kind != "execution" or part.data["id"] != execution:
            pass
        parts.close()


def test_many_calls_at_once_are_awaited_together(server: ServerUnderTest) -> None:
    async def run_all() -> set[str]:
        async with AsyncClient(server.presence.url, server.presence.key) as client:
            agent = await client.agents.create("echo", "probe", configuration=PROBE)
            started = await asyncio.gather(*[client.executions.start(agent["id"], input={"n": i}) for i in range(8)])
            ended = await asyncio.gather(*[client.executions.wait(one["executionId"]) for one in started])
            assert [one["input"]["n"] for one in ended] == list(range(8))
            return {one["status"] for one in ended}

    assert asyncio.run(run_all()) == {"COMPLETED"}


def test_a_client_follows_more_runs_at_once_than_httpx_opens_connections_by_itself(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("sleep", seconds=600))

    async def follow_all() -> list[Any]:
        async with AsyncClient(server.presence.url, server.presence.key) as client:

            async def last() -> Any:
                return [event.data.get("status") async for event in client.executions.stream(execution)][-1]

            followers = [asyncio.create_task(last()) for _ in range(130)]
            await asyncio.sleep(1)
            await client.executions.cancel(execution)
            return await asyncio.gather(*followers)

    assert asyncio.run(follow_all()) == ["CANCELLED"] * 130


def test_a_client_finds_the_server_on_the_data_folder(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client.local(server.data_dir) as client:
        assert client.me.get()["role"] == "owner"
    monkeypatch.setenv("ORCHESTRA_DATA_DIR", str(server.data_dir))
    with Client.local() as client:
        assert client.health()["status"] == "healthy"


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unreachable, match="does not answer"):
        client.agents.get("x")


def test_what_only_some_programs_need_is_not_imported_for_all() -> None:
    code = "import sys, orchestra.client.blocking; print([m for m in ('pydantic', 'asyncio') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert told.stdout.strip() == "[]", told.stderr
