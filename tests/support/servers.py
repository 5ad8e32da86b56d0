"""Starts real servers for tests: a process of its own, a data folder, the probe plugin beside the built-in ones."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil

from orchestra import presence
from orchestra.client import Client, StreamEvent

PLUGINS = Path(__file__).with_name("probe_plugin")
FINAL = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"}


class ServerUnderTest:
    python = sys.executable

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self._settings = settings
        self.variables: dict[str, str] = {}
        """Of the server's environment, what a test adds."""
        self._port = 0
        self.framework = "probe"
        """Which of the probe's frameworks new agents are of; they differ in how their workers come to be."""
        self.process: subprocess.Popen[bytes]
        self.presence: presence.Presence
        self.http: httpx2.Client

    def start(self) -> "ServerUnderTest":
        """Start on a free port; after a first time, on the same one, as a user's server would."""
        self.log = (self.data_dir.parent / "server.log").open("ab")
        self.process = subprocess.Popen(
            [self.python, "-m", "orchestra", "serve", "--no-browser", "--port", str(self._port)],
            env=self.environment(),
            stdout=self.log,
            stderr=self.log,
        )
        self.presence = self._wait_for_presence()
        self._port = int(self.presence.url.rsplit(":", 1)[1])
        self.http = httpx2.Client(
            base_url=self.presence.url,
            headers={"Authorization": f"Bearer {self.presence.key}"},
            trust_env=False,
            timeout=30,
        )
        return self

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ORCHESTRA_")}
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join([str(PLUGINS), *filter(None, [kept.get("PYTHONPATH")])]),
            "ORCHESTRA_DATA_DIR": str(self.data_dir),
            "ORCHESTRA_SAMPLE": "false",
            "ORCHESTRA_RUNAWAY_REPEATS": "0",  # the probe asks the same again and again
            "ORCHESTRA_PLUGIN_INSTALLS": "false",  # they would go into the environment that the tests run in
            **{f"ORCHESTRA_{name}RATE_LIMIT": "off" for name in ("", "EXECUTION_", "SIGN_IN_")},
            **{f"ORCHESTRA_{name.upper()}": value for name, value in self._settings.items()},
            **self.variables,
        }

    def _wait_for_presence(self) -> presence.Presence:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = presence.find(self.data_dir)
            if found is not None and found.pid == self.process.pid:
                return found
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.output()}")
            time.sleep(0.02)
        raise RuntimeError("the server did not start:\n" + self.output())

    def output(self) -> str:
        return (self.data_dir.parent / "server.log").read_text(errors="replace")

    def kill(self) -> None:
        """kill -9, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    def stop(self) -> int:
        """Ask to stop, as Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self._gone()

    def ended(self) -> int:
        """Wait until it has ended by itself; the exit code."""
        return self._gone()

    def _gone(self) -> int:
        code = self.process.wait(30)
        self.http.close()
        self.log.close()
        return code

    def call(self, method: str, path: str, status: int = 200, **arguments: Any) -> Any:
        """The answer's JSON, whose status must be as expected."""
        response = self.http.request(method, "/api" + path, **arguments)
        assert response.status_code == status, f"{response.status_code}: {response.text[:2000]}"
        return response.json()

    def agent(self, do: str = "echo", limits: dict[str, Any] | None = None, **configuration: Any) -> str:
        """The id of a new agent that runs the probe."""
        body = {"name": f"probe {do}", "framework": self.framework, "configuration": {"do": do, **configuration}}
        if limits:
            body["configuration"]["limits"] = limits
        return self.call("POST", "/agents", 201, json=body)["id"]

    def start_run(self, agent: str, **body: Any) -> str:
        return self.call("POST", "/executions", 201, json={"agentId": agent, **body})["executionId"]

    def run(self, do: str = "echo", limits: dict[str, Any] | None = None, **configuration: Any) -> dict[str, Any]:
        """Run the probe once; the execution as it ended."""
        return self.wait(self.start_run(self.agent(do, limits, **configuration)))

    def execution(self, execution_id: str) -> dict[str, Any]:
        return self.call("GET", f"/executions/{execution_id}")

    def wait(self, execution_id: str, until: set[str] | None = None, seconds: float = 40) -> dict[str, Any]:
        """The execution once its status is one of `until` (by default, any final one)."""
        deadline = time.monotonic() + seconds
        while True:
            execution = self.execution(execution_id)
            if execution["status"] in (until or FINAL):
                return execution
            execution.pop("logs", None)
            assert time.monotonic() < deadline, f"still {execution['status']}: {execution}\n{self.output()[-3000:]}"
            time.sleep(0.02)

    def wait_for_log(self, execution_id: str, text: str, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not any(text in message for message in self.messages(execution_id)):
            assert time.monotonic() < deadline, f"no log line says {text!r}"
            time.sleep(0.02)

    def events(self, execution_id: str) -> list[StreamEvent]:
        """All events of the execution's stream, read to its end."""
        with Client(self.presence.url, self.presence.key) as client:
            return list(client.executions.stream(execution_id))

    def wait_for_question(self, execution_id: str, question: str = "q1", seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while question not in {one["id"] for one in self.execution(execution_id).get("waitingFor", ())}:
            assert time.monotonic() < deadline, f"it does not ask {question}"
            time.sleep(0.02)

    def let_end(self, execution_id: str, apart_from: str = "") -> dict[str, Any]:
        """Tell a run that counts on that it is enough; the execution as it ended, with every number logged once."""
        (self.data_dir / "runs" / execution_id / "files" / "enough").touch()
        ended = self.wait(execution_id)
        assert ended["status"] == "COMPLETED", ended
        counted = [said for said in self.messages(execution_id) if not (apart_from and said.startswith(apart_from))]
        assert counted == [f"line {i}" for i in range(ended["output"]["counted"])]
        return ended

    def messages(self, execution_id: str) -> list[str]:
        logs = self.call("GET", f"/executions/{execution_id}/logs", params={"limit": 1000})["logs"]
        return [line["message"] for line in logs]


@contextmanager
def running_server(folder: Path, **settings: str) -> Iterator[ServerUnderTest]:
    """A server on a new data folder below `folder`, stopped at the end, with its workers."""
    with running_server_with({}, folder, **settings) as server:
        yield server


@contextmanager
def running_server_with(variables: dict[str, str], folder: Path, **settings: str) -> Iterator[ServerUnderTest]:
    """The same, with further environment variables."""
    data_dir = folder / "data"
    data_dir.mkdir(parents=True, exist_ok=True)
    server = ServerUnderTest(data_dir, **settings)
    server.variables = variables
    server.start()
    try:
        yield server
    finally:
        cancel_all(server)
        server.stop()


def cancel_all(server: ServerUnderTest) -> None:
    if server.process.poll() is not None:
        server.start()
    for status in ("PENDING", "RUNNING"):
        for execution in server.call("GET", "/executions", params={"status": status, "limit": 100})["executions"]:
            server.http.delete(f"/api/executions/{execution['id']}")
            server.wait(execution["id"])


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for has not come"
        time.sleep(0.02)


def processes_of(execution: str) -> list[int]:
    """The processes that carry an execution's marker, as an outsider sees them."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if f"ORCHESTRA_EXECUTION={execution}".encode() in environment:
            found.append(int(folder.name))
    return found


def is_running(pid: int) -> bool:
    """Whether there is such a process that is no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
