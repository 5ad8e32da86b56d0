"""Plugins over REST: who may look and who may install, and what is refused. Real installs are in tests/frameworks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from people import client_as
from servers import ServerUnderTest, running_server


@pytest.fixture(scope="module")
def willing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """A server that would install what it is asked for; nothing here asks for what there is."""
    with running_server(tmp_path_factory.mktemp("willing"), plugin_installs="true") as server:
        yield server


def test_plugins_are_listed_with_errors_and_times(server: ServerUnderTest) -> None:
    found = server.call("GET", "/plugins")
    listed = {plugin["name"]: plugin for plugin in found["plugins"]}
    assert (listed["probe"]["state"], listed["broken"]["state"]) == ("loaded", "failed")
    assert "gives up when it is imported" in listed["broken"]["error"]
    assert (listed["miniagi"]["builtIn"], listed["probe"]["builtIn"]) == (True, False)
    assert all(plugin["loadMs"] >= 0 for plugin in listed.values())
    assert found["work"]["busy"] is False


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_only_owners_install_and_remove_plugins(willing: ServerUnderTest, role: str) -> None:
    with client_as(willing, role) as client:
        assert client.get("/plugins").status_code == 200
        assert client.post("/plugins", json={"package": "orchestra-hello"}).status_code == 403
        assert client.post("/plugins/plan", json={"package": "orchestra-hello"}).status_code == 403
        assert client.post("/plugins/refresh").status_code == 403
        assert client.delete("/plugins/probe").status_code == 403


@pytest.mark.parametrize(
    "package", ["../../x", "/etc/passwd", "--index-url=http://x", "x @ https://example.org/x.whl", "a b", "hello\n-e ."]
)
@pytest.mark.parametrize("path", ["/plugins", "/plugins/plan"])
def test_what_is_no_package_is_refused_in_a_sentence(willing: ServerUnderTest, path: str, package: str) -> None:
    message = willing.call("POST", path, 400, json={"package": package})["message"]
    assert "no name of a package" in message or "more than a package" in message
    assert willing.call("GET", "/plugins")["work"]["busy"] is False


def test_a_part_of_the_product_is_not_removed(willing: ServerUnderTest) -> None:
    assert "a part of AgentOrchestra" in willing.call("DELETE", "/plugins/miniagi", 409)["message"]
    assert "There is no plugin 'unknown'" in willing.call("DELETE", "/plugins/unknown", 404)["message"]
    willing.call("DELETE", "/plugins/..%2F..%2Fx", 404)


def test_a_server_can_be_told_not_to_install(server: ServerUnderTest) -> None:
    for method, path, body in (
        ("POST", "/plugins", {"package": "orchestra-hello"}),
        ("POST", "/plugins/plan", {"package": "orchestra-hello"}),
        ("DELETE", "/plugins/probe", None),
    ):
        refused = server.call(method, path, 403, json=body)
        assert "ORCHESTRA_PLUGIN_INSTALLS" in refused["message"]


def test_a_plugin_put_beside_a_running_server_is_found_when_it_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "more"
    place.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(place))
    with running_server(tmp_path) as server:
        _put(place, "latecomer")
        _put(place, "sleeper", before="import time; time.sleep(60)")
        _put(place, "aaa_thief", framework="miniagi")
        server.call("POST", "/plugins/refresh")
        listed = {one["name"]: one for one in server.call("GET", "/plugins")["plugins"]}
        assert listed["latecomer"]["state"] == "loaded"
        assert "was not loaded within 5 seconds" in listed["sleeper"]["error"]
        assert "'miniagi' is already taken" in listed["aaa_thief"]["error"]
        agent = {"name": "new", "framework": "latecomer", "configuration": {}}
        execution = server.wait(server.start_run(server.call("POST", "/agents", 201, json=agent)["id"]))
        assert execution["output"] == {"answer": "here"}


def test_a_plugin_that_blocks_for_a_minute_does_not_hold_up_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "more"
    place.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(place))
    for i in range(3):
        _put(place, f"sleeper{i}", before="import time; time.sleep(60)")
    _put(place, "zealous")
    with running_server(tmp_path) as server:  # which would not wait for three minutes
        listed = {one["name"]: one for one in server.call("GET", "/plugins")["plugins"]}
        assert (listed["sleeper0"]["state"], listed["zealous"]["state"]) == ("failed", "loaded")
        assert sum(listed[f"sleeper{i}"]["loadMs"] for i in range(3)) < 20_000


def _put(place: Path, name: str, framework: str | None = None, before: str = "") -> None:
    text = f"""{before}
from pathlib import Path
from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl
@hookimpl
def orchestra_frameworks():
    return [Framework(id={framework or name!r}, title={name!r}, description="", homepage="", license="MIT",
                      python=">=3.9", config_schema={{"type": "object"}},
                      worker=Path(__file__).with_name("{name}_worker.py"))]
"""
    (place / f"{name}_worker.py").write_text("def run(request, context):\n    return {'answer': 'here'}\n")
    (place / f"{name}.py").write_text(text)
    info = place / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[orchestra]\n{name} = {name}\n")
