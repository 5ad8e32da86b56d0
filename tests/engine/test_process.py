"""Worker processes: identity, environment, and the end of a whole tree."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from orchestra.domain.executions import ProcessIdentity
from orchestra.engine import process


@pytest.fixture
def sleeper():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield child
    child.kill()
    child.wait()


def identity_of(child: subprocess.Popen[bytes]) -> ProcessIdentity:
    return ProcessIdentity(child.pid, process.started_of(child.pid))


def test_a_process_is_known_by_pid_and_start(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    assert process.find(identity) is not None
    assert process.find(ProcessIdentity(identity.pid, identity.started - 100)) is None


def test_a_pid_that_was_given_to_another_process_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    stranger = process.WorkerProcess(ProcessIdentity(identity.pid, identity.started - 100), "no-such-execution")
    stranger.ask_to_stop()
    assert stranger.kill_tree() == 0
    assert sleeper.poll() is None
    assert asyncio.run(stranger.exited()) is None


def test_the_end_of_an_adopted_process_is_noticed(sleeper: subprocess.Popen[bytes]) -> None:
    adopted = process.WorkerProcess(identity_of(sleeper), "none")

    async def wait() -> None:
        waiting = asyncio.create_task(adopted.exited())
        await asyncio.sleep(0.1)
        assert not waiting.done()
        sleeper.kill()
        await asyncio.wait_for(waiting, 5)

    asyncio.run(wait())


def test_secrets_of_the_server_do_not_reach_a_worker(tmp_path: Path) -> None:
    environment = {"PATH": "/bin", "OPENAI_API_KEY": "sk-secret", "ORCHESTRA_X": "1", "PYTHONPATH": "/x", "TZ": "UTC"}
    given = process.scrubbed(environment, "e1", tmp_path)
    assert given["HOME"] == str(tmp_path)
    assert {"OPENAI_API_KEY", "ORCHESTRA_X", "PYTHONPATH"}.isdisjoint(given)
    assert (given["PATH"], given["TZ"], given["ORCHESTRA_EXECUTION"]) == ("/bin", "UTC", "e1")
