"""Plugins from anyone, in fresh environments beside our wheel: a third party's package, and one just written."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from installations import Installation, InstalledServer, run
from wheels import wheel

THIRD_PARTY = Path(__file__).parent / "third_party" / "orchestra-verses"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "installed")


@pytest.fixture
def server(installation: Installation, tmp_path: Path) -> Iterator[InstalledServer]:
    running = InstalledServer(installation, tmp_path / "served" / "data")
    running.start()
    yield running
    running.stop()


def plugin_wheel(folder: Path, name: str, requires: str = "", version: str = "1.0", before: str = "") -> Path:
    """A package with a plugin of that name; it needs what `requires` says."""
    module = f"orchestra_{name}"
    text = f"""{before}
from pathlib import Path
from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl
@hookimpl
def orchestra_frameworks():
    return [Framework(id={name!r}, title={name!r}, description="", homepage="", license="MIT", python=">=3.9",
                      version={version!r}, config_schema={{"type": "object"}},
                      worker=Path(__file__).with_name("{module}_worker.py"))]
"""
    worker = f"def run(request, context):\n    return {{'answer': {version!r}}}\n"
    modules = {module: text, f"{module}_worker": worker}
    entry_points = f"[orchestra]\n{name} = {module}\n"
    return wheel(folder, module, version, requires=requires, entry_points=entry_points, **modules)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that uv takes for the package index of whatever is started from now on."""
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(links))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    return links


def test_a_third_partys_package_is_installed_by_pip_listed_deployed_and_run(
    installation: Installation, tmp_path: Path
) -> None:
    before = installation.versions()
    assert before["pydantic"].startswith("2.")
    built = tmp_path / "built"
    run(
        str(installation.python),
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(built),
        str(THIRD_PARTY),
    )
    run(str(installation.python), "-m", "pip", "install", "--quiet", str(next(built.glob("*.whl"))))
    assert installation.versions().items() - before.items() == {("orchestra-verses", "1.2.3")}

    server = InstalledServer(installation, tmp_path / "served" / "data").start()
    try:
        listed = {one["name"]: one for one in server.call("GET", "/plugins")["plugins"]}
        assert (listed["verses"]["state"], listed["verses"]["version"]) == ("loaded", "1.2.3")
        sample = server.call("GET", "/frameworks/verses")["samples"][0]
        body = {"name": "poet", "framework": "verses", "configuration": sample["configuration"]}
        agent = server.call("POST", "/agents", 201, json=body)["id"]
        server.call("POST", "/executions", 409, json={"agentId": agent})
        server.http.post(f"/api/agents/{agent}/deploy").raise_for_status()
        deadline = time.monotonic() + 180
        while (shown := server.call("GET", f"/agents/{agent}"))["status"] == "DEPLOYING":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert shown["status"] == "IDLE", shown
        execution = server.wait(server.start_run(agent, input=sample["input"]))
        assert execution["output"] == {
            "answer": "The sea is wide,\nand so is the tide.",
            "pydantic": execution["output"]["pydantic"],
        }
        assert execution["output"]["pydantic"].startswith("1.10.")
    finally:
        server.stop()

    checked = installation.orchestra("plugins", "check", "verses", data_dir=server.data_dir)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "ok      verses/sea: no network but the gateway" in checked.stdout


def test_the_tests_of_a_new_plugin_pass_as_they_were_written(installation: Installation, tmp_path: Path) -> None:
    made = installation.orchestra("plugins", "new", "my-robot", "--folder", str(tmp_path), data_dir=tmp_path / "data")
    assert made.returncode == 0, made.stderr
    plugin = tmp_path / "orchestra-my-robot"
    run(str(installation.python), "-m", "pip", "install", "--quiet", "pytest", "-e", str(plugin))
    tested = installation.run("-m", "pytest", "-q", "-W", "error", cwd=plugin)
    assert tested.returncode == 0, tested.stdout[-3000:]
    assert "2 passed" in tested.stdout


def test_a_plugin_is_installed_and_removed_by_one_command(
    installation: Installation, index: Path, tmp_path: Path
) -> None:
    plugin_wheel(index, "ahem", requires="orchestra-test-helper")
    wheel(index, "orchestra_test_helper")
    data = tmp_path / "data"
    shown = installation.orchestra("plugins", "install", "orchestra-ahem", "--dry-run", data_dir=data)
    assert re.search(r"orchestra-test-helper +- +1\.0", shown.stdout)
    assert "ahem" not in installation.orchestra("plugins", "list", data_dir=data).stdout
    refused = installation.orchestra("plugins", "install", "orchestra-ahem", data_dir=data)  # nobody says yes
    assert refused.returncode == 1
    assert "orchestra-ahem" not in installation.versions()
    done = installation.orchestra("plugins", "install", "orchestra-ahem", "--yes", data_dir=data)
    assert (done.returncode, "is installed and brings ahem" in done.stdout) == (0, True), done.stderr
    assert "ahem" in installation.orchestra("plugins", "list", data_dir=data).stdout
    gone = installation.orchestra("plugins", "uninstall", "ahem", "--yes", data_dir=data)
    assert (gone.returncode, "orchestra_ahem was removed" in gone.stdout) == (0, True), gone.stderr
    assert "ahem" not in installation.orchestra("plugins", "list", data_dir=data).stdout


def test_where_there_is_no_uv_pip_does_it(installation: Installation, index: Path, tmp_path: Path) -> None:
    plugin_wheel(index, "ahem")
    run(str(installation.python), "-m", "pip", "uninstall", "--quiet", "--yes", "uv")
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "data_dir": tmp_path / "data"}
    done = installation.orchestra("plugins", "install", "orchestra-ahem", "--yes", **pip)  # type: ignore[arg-type]
    assert (done.returncode, "brings ahem" in done.stdout) == (0, True), done.stdout + done.stderr
    gone = installation.orchestra("plugins", "uninstall", "ahem", "--yes", **pip)  # type: ignore[arg-type]
    assert gone.returncode == 0, gone.stderr


def test_what_would_change_a_package_of_ours_is_refused_and_changes_nothing(
    installation: Installation, index: Path, tmp_path: Path
) -> None:
    plugin_wheel(index, "greedy", requires="click<8")
    wheel(index, "click", "7.0")
    before = installation.versions()
    refused = installation.orchestra("plugins", "install", "orchestra-greedy", "--yes", data_dir=tmp_path / "data")
    assert refused.returncode == 1
    assert "cannot be installed beside AgentOrchestra, whose own packages keep their versions" in refused.stderr
    assert installation.versions() == before


def test_a_running_server_has_a_new_plugin_at_once(server: InstalledServer, index: Path) -> None:
    server.stop()
    server.start()  # it is to know the index
    plugin_wheel(index, "ahem")
    planned = server.call("POST", "/plugins/plan", json={"package": "orchestra-ahem"})
    assert planned["changes"] == [{"name": "orchestra-ahem", "after": "1.0"}]
    work = server.install("orchestra-ahem")
    assert (work["failed"], work["message"]) == (False, "orchestra_ahem is installed and brings ahem.")
    agent = server.call("POST", "/agents", 201, json={"name": "a", "framework": "ahem", "configuration": {}})["id"]
    assert server.wait(server.start_run(agent))["output"] == {"answer": "1.0"}
    assert "Installed 1 package" in server.call("GET", "/plugins/log")["log"]
    stream = server.http.get("/api/plugins/progress").text
    assert "event: line" in stream
    assert "Installed 1 package" in stream
    assert stream.rstrip().rpartition("event: ")[2].startswith("end\ndata: {")

    plugin_wheel(index, "ahem", version="2.0")
    server.call("POST", "/plugins", 202, json={"package": "orchestra-ahem", "upgrade": True})
    assert "Restart the server" in server.settled()["message"]

    server.call("DELETE", "/plugins/ahem", 202)
    assert "was removed" in server.settled()["message"]
    assert "ahem" not in [one["name"] for one in server.call("GET", "/plugins")["plugins"]]
    refused = server.call("POST", "/executions", 400, json={"agentId": agent})
    assert "is not installed" in refused["message"]


def test_a_broken_plugin_that_is_installed_is_told_of_and_the_rest_works(server: InstalledServer, index: Path) -> None:
    server.stop()
    server.start()
    plugin_wheel(index, "broken", before="raise SystemExit('no')")
    work = server.install("orchestra-broken")
    assert (work["failed"], "broken cannot be used: SystemExit: no" in work["message"]) == (True, True)
    work = server.install("no-such-package")
    assert work["message"] == "There is no package 'no-such-package' that this Python could install."
    work = server.install("orchestra-broken==9")
    assert work["failed"]
    assert "miniagi" in {one["id"] for one in server.call("GET", "/frameworks")["frameworks"]}
    server.call("DELETE", "/plugins/broken", 202)
    assert not server.settled()["failed"]


def test_a_plugin_that_executions_need_is_not_removed(server: InstalledServer, index: Path) -> None:
    server.stop()
    server.start()
    plugin_wheel(index, "slow")
    server.install("orchestra-slow")
    module = next(Path(server.python).parents[1].glob("lib/*/site-packages/orchestra_slow_worker.py"))
    module.unlink()  # it may be shared with the cache
    module.write_text("import time\n\ndef run(request, context):\n    time.sleep(60)\n")
    agent = server.call("POST", "/agents", 201, json={"name": "a", "framework": "slow", "configuration": {}})["id"]
    execution = server.start_run(agent)
    assert "while an execution needs it" in server.call("DELETE", "/plugins/slow", 409)["message"]
    server.http.delete(f"/api/executions/{execution}")
    server.wait(execution)
    server.call("DELETE", "/plugins/slow", 202)
    server.settled()
