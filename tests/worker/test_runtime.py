"""The worker alone: started by path as the engine starts it, with a job on its standard input."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from servers import PLUGINS

from orchestra.engine import tickets
from orchestra.engine.process import started_of
from orchestra.worker import protocol

BOOT = Path(protocol.__file__).with_name("boot.py")
PROBE = PLUGINS / "orchestra_probe" / "worker.py"


class Worker:
    def __init__(self, folder: Path, interpreter: str = sys.executable, adapter: Path = PROBE, **wish: Any) -> None:
        self.journal = folder / "1" / protocol.JOURNAL
        self.folder = folder / "files"
        for made in (self.folder, self.journal.parent):
            made.mkdir()
        out, err = (self.journal.with_name(name).open("ab") for name in (protocol.STDOUT, protocol.STDERR))
        with out, err:
            self.process = subprocess.Popen(
                [interpreter, "-I", "-S", str(BOOT)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
            )
        (self.journal.parent / protocol.ticket_name("t1")).touch()
        self.job = {
            "id": "0" * 32,
            "ticket": "t1",
            "number": 7,
            "attempt": 1,
            "folder": str(self.folder),
            "journal": str(self.journal.parent),
            "bell": str(folder / "nobody-listens"),
            "gateway_url": "http://127.0.0.1:9/llm/v1",
            "gateway_key": "ao_test",
            "adapter": str(adapter),
            "configuration": wish,
            "input": {},
        }

    def begin(self) -> "Worker":
        assert self.process.stdin
        self.process.stdin.write(json.dumps(self.job).encode() + b"\n")
        self.process.stdin.close()
        return self

    def events(self) -> list[dict[str, Any]]:
        lines = self.journal.read_bytes().splitlines() if self.journal.exists() else []
        events = [json.loads(line) for line in lines if line.startswith(b"{")]
        assert [event["kind"] for event in events[:1]] in ([], ["begin"])
        return events[1:]

    def finished(self) -> list[dict[str, Any]]:
        self.process.wait(20)
        return self.events()

    def wait_for(self, message: str) -> None:
        deadline = time.monotonic() + 20
        while not any(event.get("message") == message for event in self.events()):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def run(folder: Path, do: str, **wish: Any) -> list[dict[str, Any]]:
    return Worker(folder, do=do, **wish).begin().finished()


def end_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    assert events[-1]["kind"] == "end"
    return events[-1]


def test_a_plain_run_logs_and_ends_with_its_output(tmp_path: Path) -> None:
    events = run(tmp_path, "echo", text="hi")
    assert [event["kind"] for event in events] == ["log", "end"]
    assert end_of(events)["data"]["output"]["answer"] == "hi"


def test_an_async_run_nests_its_steps(tmp_path: Path) -> None:
    outer, inner, inner_end, outer_end, _ = run(tmp_path, "async", seconds=0)
    assert (outer["message"], inner["data"]["parent"]) == ("outer", outer["step"])
    assert inner_end["data"] == {"status": "completed", "result": "done"}
    assert (outer_end["step"], outer_end["data"]["status"]) == (outer["step"], "completed")


def test_a_generator_yields_events_and_its_output(tmp_path: Path) -> None:
    events = run(tmp_path, "generate")
    assert events[0]["message"] == "from a generator"
    assert end_of(events)["data"]["output"] == {"answer": "generated"}


def test_what_is_printed_becomes_log_lines_in_order(tmp_path: Path) -> None:
    events = run(tmp_path, "print", count=500)
    printed = [event["message"] for event in events if event.get("data", {}).get("stream") == "stdout"]
    assert printed[:500] == [f"out {i}" for i in range(500)]
    assert printed[500] == "\ufffd\ufffd binary \x00 and no end"
    assert [e["level"] for e in events if e.get("data", {}).get("stream") == "stderr"] == ["WARN"]


def test_an_exception_ends_failed_with_its_text_and_traceback(tmp_path: Path) -> None:
    events = run(tmp_path, "raise", text="no luck")
    assert "Traceback" in events[0]["message"]
    assert end_of(events)["message"] == "ValueError: no luck"
    assert end_of(events)["data"] == {"status": "FAILED", "failure": "framework"}


def test_a_failed_run_gives_the_adapters_own_sentence(tmp_path: Path) -> None:
    assert end_of(run(tmp_path, "fail"))["message"] == "The task cannot be done."


def test_values_that_json_cannot_hold_do_not_lose_the_end(tmp_path: Path) -> None:
    ending = end_of(run(tmp_path, "forge"))["data"]
    assert (ending["status"], ending["output"]["nan"]) == ("COMPLETED", "nan")


@pytest.mark.parametrize("do", ["sleep", "sleep_async", "tidy"])
def test_sigterm_ends_a_run_as_cancelled(tmp_path: Path, do: str) -> None:
    worker = Worker(tmp_path, do=do, seconds=60).begin()
    time.sleep(0.5)
    worker.process.send_signal(signal.SIGTERM)
    assert end_of(worker.finished())["data"]["status"] == "CANCELLED"


def test_steps_of_an_async_run_that_is_stopped_were_cancelled_and_have_no_error(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="async", seconds=60).begin()
    worker.wait_for("inner")
    worker.process.send_signal(signal.SIGTERM)
    ended = [event["data"] for event in worker.finished() if event["kind"] == "step_ended"]
    assert ended == [{"status": "cancelled"}, {"status": "cancelled"}]


def test_the_frameworks_own_soft_stop_is_called(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="tidy", seconds=60).begin()
    time.sleep(0.5)
    worker.process.send_signal(signal.SIGTERM)
    messages = [event.get("message") for event in worker.finished()]
    assert {"the framework was told to stop", "tidied up"} <= set(messages)


def test_sigterm_in_the_middle_of_writing_leaves_every_line_whole(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="count", count=1_000_000, seconds=0).begin()
    worker.wait_for("line 200")
    worker.process.send_signal(signal.SIGTERM)
    events = worker.finished()
    assert end_of(events)["data"]["status"] == "CANCELLED"
    assert [e["data"]["i"] for e in events if e["kind"] == "log"] == list(range(len(events) - 1))


def test_a_worker_without_a_job_does_nothing(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="echo")
    assert worker.process.stdin
    worker.process.stdin.close()
    assert worker.process.wait(20) == protocol.CANCELLED_EXIT
    assert worker.events() == []


def test_a_job_that_was_half_handed_over_does_not_begin(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="echo")
    assert worker.process.stdin
    worker.process.stdin.write(json.dumps(worker.job).encode()[:-5])
    worker.process.stdin.close()
    assert worker.process.wait(20) == protocol.CANCELLED_EXIT
    assert worker.events() == []


def test_a_worker_whose_ticket_was_taken_back_does_not_begin(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="echo")
    assert tickets.take_back(worker.journal.parent)
    worker.begin()
    assert worker.process.wait(20) == protocol.CANCELLED_EXIT
    assert worker.events() == []


def test_who_has_taken_its_ticket_is_known_and_cannot_be_stopped_by_it(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="sleep", seconds=60).begin()
    worker.wait_for("sleeping")
    assert not tickets.take_back(worker.journal.parent)
    holder = tickets.holder(worker.journal.parent)
    assert holder is not None and (holder.pid, holder.started) == (worker.process.pid, started_of(worker.process.pid))
    worker.process.kill()
    worker.process.wait()


def test_the_soft_stop_alone_ends_a_framework_that_has_one(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="soft", seconds=60).begin()
    worker.wait_for("waits softly")
    worker.process.send_signal(signal.SIGUSR1)
    assert "stopped softly" in [event.get("message") for event in worker.finished()]


def test_without_a_soft_stop_of_its_own_a_run_is_interrupted_at_once(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="sleep", seconds=60).begin()
    worker.wait_for("sleeping")
    worker.process.send_signal(signal.SIGUSR1)
    assert end_of(worker.finished())["data"]["status"] == "CANCELLED"


def test_a_worker_that_stays_runs_one_job_after_the_other(tmp_path: Path) -> None:
    worker = Worker(tmp_path, do="print", count=3)
    assert worker.process.stdin
    for ticket in ("t1", "t2", "t3"):
        (worker.journal.parent / protocol.ticket_name(ticket)).touch()
        job = {**worker.job, "ticket": ticket, "reusable": True}
        worker.process.stdin.write(json.dumps(job).encode() + b"\n")
    worker.process.stdin.close()
    worker.process.wait(20)
    ends = [event for event in worker.events() if event["kind"] == "end"]
    assert [end["data"]["status"] for end in ends] == ["COMPLETED"] * 3


def test_nothing_of_ours_is_importable_in_a_worker(tmp_path: Path) -> None:
    path = end_of(run(tmp_path, "echo"))["data"]["output"]["path"]
    assert not [entry for entry in path if "site-packages" in entry or entry == str(Path.cwd())]


def test_a_missing_library_is_named_as_an_incomplete_environment(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter.py"
    adapter.write_text("import no_such_library\n")
    end = end_of(Worker(tmp_path, adapter=adapter, do="echo").begin().finished())
    assert (end["data"]["failure"], "no_such_library" in end["message"]) == ("environment", True)


OLD_PYTHONS = [path for path in Path(sys.base_prefix).parent.glob("3.*/bin/python") if "3.9." in str(path)]


@pytest.mark.skipif(not OLD_PYTHONS, reason="there is no Python 3.9 beside this one")
def test_the_worker_runs_on_python_3_9(tmp_path: Path) -> None:
    events = Worker(tmp_path, str(OLD_PYTHONS[0]), do="async", seconds=0).begin().finished()
    assert end_of(events)["data"]["status"] == "COMPLETED"


def test_steps_that_overlap_have_their_parents_and_what_an_agent_keeps_stays(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter.py"
    adapter.write_text(
        "from pathlib import Path\n"
        "def run(request, context):\n"
        "    first = context.begin('first', 'task')\n"
        "    second = context.begin('second', 'tool', first.id, arguments={'a': 1})\n"
        "    first.end('failed', error='no')\n"
        "    second.end(result='yes')\n"
        "    Path(context.agent_folder, 'kept').write_text('kept')\n"
        "    add = context.tools(['calculator'])[0]\n"
        "    return {'answer': add('20 + 1')}\n"
    )
    (tmp_path / "agent").mkdir()
    worker = Worker(tmp_path, adapter=adapter)
    worker.job["agent_folder"] = str(tmp_path / "agent")
    events = worker.begin().finished()
    assert [(one["kind"], one.get("step")) for one in events[:4]] == [
        ("step_started", "s1"),
        ("step_started", "s2"),
        ("step_ended", "s1"),
        ("step_ended", "s2"),
    ]
    assert events[1]["data"] == {"name": "second", "type": "tool", "parent": "s1", "arguments": {"a": 1}}
    assert events[2]["data"] == {"status": "failed", "error": "no"}
    assert events[3]["data"] == {"status": "completed", "result": "yes"}
    assert end_of(events)["data"]["output"] == {"answer": "21"}
    assert (tmp_path / "agent" / "kept").read_text() == "kept"


def test_what_the_models_client_imports_late_is_imported_ahead(tmp_path: Path) -> None:
    """For a framework that brings the client, and not for others; modules that are not there are no fault."""
    (tmp_path / "openai").mkdir()
    (tmp_path / "openai" / "__init__.py").touch()
    (tmp_path / "jiter.py").touch()
    (tmp_path / "h11.py").write_text("raise RuntimeError('broken')")
    code = "import sys; sys.path.insert(0, {!r}); {}; sys.path.append({!r}); import warmth; warmth.import_ahead()"
    folders = str(tmp_path), str(BOOT.parent)
    for first, expected in (("import openai", "True\n"), ("pass", "False\n")):
        script = code.format(folders[0], first, folders[1]) + "; print('jiter' in sys.modules)"
        ran = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True)
        assert (ran.stdout, ran.stderr) == (expected, "")


_PRELOAD = """
import sys; sys.path.insert(0, {folder!r})
from orchestra.worker import runtime
print(runtime.preload({adapter!r}))
"""


@pytest.mark.parametrize("body", ["print('rehearsed')", "print('rehearsed'); raise RuntimeError('it fails')"])
def test_a_worker_half_rehearses_where_runs_are_forked_from_and_may_fail_at_it(tmp_path: Path, body: str) -> None:
    adapter = tmp_path / "adapter.py"
    adapter.write_text(f"def run(request, context):\n    pass\n\n\ndef rehearse():\n    {body}\n")
    script = _PRELOAD.format(folder=str(tmp_path), adapter=str(adapter))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "rehearsed\nNone\n"


_REHEARSE = """
import json, os, signal, sys
from orchestra.worker import runtime
open("theirs", "w").close()
runtime.rehearse()
kept = {"files": os.listdir(), "cwd": os.getcwd(), "marker": os.environ["ORCHESTRA_EXECUTION"],
    "term": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, "loaded": len(runtime._loaded)}
open("kept", "w").write(json.dumps(kept))
"""


def test_a_rehearsal_leaves_a_worker_as_one_that_waits_for_its_next_job(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _REHEARSE], cwd=tmp_path, env={**os.environ}, check=True)
    kept = json.loads((tmp_path / "kept").read_text())
    assert kept == {
        "files": ["theirs"],
        "cwd": str(tmp_path),
        "marker": protocol.NO_EXECUTION,
        "term": True,
        "loaded": 0,
    }


def test_a_rehearsal_without_a_place_for_it_is_left_out(tmp_path: Path) -> None:
    script = "import os\nfrom orchestra.worker import runtime\nos.rmdir(os.getcwd())\nruntime.rehearse()\nprint('on')"
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run([sys.executable, "-c", script], cwd=gone, capture_output=True, text=True)
    assert done.stdout == "on\n", done.stderr
