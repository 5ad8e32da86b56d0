"""Runs jobs: loads the framework's worker half, calls it, and always writes down how it ended."""

from __future__ import annotations

import _thread
import importlib.util
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Mapping
from types import AsyncGeneratorType, GeneratorType, ModuleType, SimpleNamespace
from typing import Any, cast

from . import protocol, seat, warmth
from .capture import unbuffer_standard_streams
from .context import Cancelled, RunContext, RunFailed, type_name
from .descendants import kill_descendants
from .journal import Journal
from .questions import NoAnswer

_CAPTURE_SECONDS = 0.05
_SOFT_STOP = getattr(signal, "SIGUSR1", None)
_loaded: dict[str, Any] = {}


def main() -> None:
    """Take jobs from standard input, a line each, and leave when there are no more."""
    jobs = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    unbuffer_standard_streams()
    seat.keep_descendants()
    for line in jobs:
        if not line.endswith(b"\n"):
            break
        message: dict[str, Any] = json.loads(line)
        if "preload" in message:
            preload(message["preload"])
        else:
            execute(message)
    os._exit(protocol.CANCELLED_EXIT)  # no more, or the server died while it handed a job over: nothing has begun


def preload(adapter: str) -> str | None:
    """Load a worker half ahead of its first job; why it cannot be, if so."""
    try:
        module = _load_adapter(adapter)
        warmth.import_ahead()
        if (theirs := getattr(module, "rehearse", None)) is not None:
            warmth.rehearse(theirs)
    except BaseException as error:  # noqa: BLE001 - the job that needs it will say so where it is seen
        return f"{type_name(error)}: {error}"
    return None


def execute(job: Mapping[str, Any]) -> None:
    """Run one job to its last line; return only if this process may take another, else leave it.

    It is left without waiting for the framework's threads.
    """
    if not seat.take(job):
        os._exit(protocol.CANCELLED_EXIT)
    journal = Journal(job["journal"], job["number"], job.get("bell"))
    context = RunContext(
        journal, job["folder"], job["gateway_url"], job["gateway_key"], job["journal"], job.get("agent_folder", "")
    )
    journal.write("begin", None, None, None, {"python": ".".join(map(str, sys.version_info[:3])), "pid": os.getpid()})
    capture = _Capture(journal)
    worker = os.getpid()
    ending = _Runner(job, journal, context).run()
    if os.getpid() != worker:
        os._exit(0)  # a child that the framework forked, and that came back from there: the end is not its to tell
    _flush_output()
    capture.stop()
    journal.collect(last=True)
    kill_descendants()
    is_reusable = bool(job.get("reusable")) and ending["status"] == "COMPLETED"
    journal.write("end", None, ending.pop("reason", None), None, ending)
    if not is_reusable:
        os._exit(protocol.CANCELLED_EXIT if ending["status"] == "CANCELLED" else 0)
    journal.close()
    seat.leave()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def rehearse() -> None:
    """Do a job that is nothing, in a folder of its own, as a worker that is used again would; where it can be done.

    A forked process copies each page of memory when it touches it first, which takes longer than all that a short job
    does: while a worker waits for its job, nobody waits for that.
    """
    try:
        home = os.getcwd()
        folder = os.path.join(home, f"{protocol.REHEARSAL}{os.getpid()}")
        os.mkdir(folder, 0o700)
    except OSError:
        return
    _loaded[""] = SimpleNamespace(run=lambda *_: None)  # pyright: ignore[reportUnknownLambdaType]
    try:
        open(os.path.join(folder, protocol.ticket_name("-")), "w").close()
        execute(json.loads(json.dumps(_job_of_nothing(folder))))
    except OSError:
        pass
    finally:
        del _loaded[""]
        os.chdir(home)
        shutil.rmtree(folder, ignore_errors=True)


def _job_of_nothing(folder: str) -> dict[str, Any]:
    nowhere = dict.fromkeys(("gateway_url", "gateway_key", "ticket"), "-")
    job: dict[str, Any] = {**nowhere, "id": protocol.NO_EXECUTION, "folder": folder, "journal": folder, "adapter": ""}
    return {**job, "number": 0, "attempt": 0, "configuration": {}, "input": {}, "reusable": True}


class _Runner:
    def __init__(self, job: Mapping[str, Any], journal: Journal, context: RunContext) -> None:
        self._job = job
        self._journal = journal
        self._context = context
        self._interruptible = False
        self._cancel_task: Any | None = None

    def run(self) -> dict[str, Any]:
        """How the run ended: `status`, and `output`, or `reason` with `failure`."""
        self._listen()
        try:
            adapter = _load_adapter(self._job["adapter"])
            self._listen()  # frameworks may have replaced it at import
            request = SimpleNamespace(configuration=self._job["configuration"], input=self._job["input"])
            output = self._call(adapter.run, request)
            return {"status": "COMPLETED", "output": _mapping(output)}
        except Cancelled:
            return {"status": "CANCELLED", "reason": "The run was asked to stop, and did."}
        except RunFailed as failed:
            return {"status": "FAILED", "reason": failed.reason, "failure": failed.failure}
        except NoAnswer as error:
            return {"status": "FAILED", "reason": str(error), "failure": "unanswered"}
        except BaseException as error:  # noqa: BLE001 - the worker always answers, whatever a framework throws
            if self._context.cancelled:
                return {"status": "CANCELLED", "reason": "The run was asked to stop, and did."}
            import traceback

            self._journal.write("log", "ERROR", traceback.format_exc(), None, {"exception": type_name(error)})
            return {"status": "FAILED", "reason": f"{type_name(error)}: {error}", "failure": "framework"}
        finally:
            self._interruptible = False
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if _SOFT_STOP is not None:
                signal.signal(_SOFT_STOP, signal.SIG_IGN)

    def _listen(self) -> None:
        signal.signal(signal.SIGTERM, self._on_term)
        if _SOFT_STOP is not None:
            signal.signal(_SOFT_STOP, self._on_soft_stop)

    def _call(self, run: Any, request: Any) -> Any:
        self._interruptible = True
        self._check()
        result = run(request, self._context)
        if isinstance(result, GeneratorType):
            return self._collect(result)
        if isinstance(result, AsyncGeneratorType) or hasattr(result, "__await__"):
            return self._await(result)
        return result

    def _collect(self, events: Any) -> Any:
        output = None
        for event in events:
            output = self._emit(event, output)
        return output

    def _await(self, result: Any) -> Any:
        import asyncio

        async def drive() -> Any:
            task = asyncio.current_task()
            loop = asyncio.get_running_loop()
            self._cancel_task = lambda: loop.call_soon_threadsafe(task.cancel) if task else None
            self._interruptible = False
            if self._context.cancelled:
                raise Cancelled
            if not isinstance(result, AsyncGeneratorType):
                return await result
            output = None
            async for event in cast("AsyncIterator[Mapping[str, Any]]", result):
                output = self._emit(event, output)
            return output

        try:
            return asyncio.run(drive())
        except asyncio.CancelledError:
            if self._context.cancelled:
                raise Cancelled from None
            raise

    def _emit(self, event: Mapping[str, Any], output: Any) -> Any:
        fields = dict(event)
        kind = fields.pop("kind", "log")
        if kind == "output":
            return fields.get("data", fields)
        self._context.emit(kind, fields.pop("message", None), **fields)
        return output

    def _on_soft_stop(self, *_: Any) -> None:
        """The framework's own soft stop, if it has one: then SIGTERM comes later. Else there is nothing to wait for."""
        if not self._context.cancel():
            self._on_term()

    def _on_term(self, *_: Any) -> None:
        self._context.cancel()
        if self._cancel_task is not None:
            self._cancel_task()
        elif self._interruptible and not self._journal.is_writing_here:
            self._interruptible = False
            raise Cancelled
        else:
            threading.Thread(target=self._raise_later, daemon=True).start()

    def _raise_later(self) -> None:
        """The signal came while the main thread wrote its journal: send it again when that is done."""
        time.sleep(0.01)
        if self._interruptible and self._cancel_task is None:
            os.kill(os.getpid(), signal.SIGTERM)

    def _check(self) -> None:
        if self._context.cancelled:
            raise Cancelled


def _load_adapter(path: str) -> ModuleType:
    """The worker half, loaded by path under a name of its own, so that its relative imports work."""
    if path in _loaded:
        return _loaded[path]
    if os.path.isdir(path):
        location, folders = os.path.join(path, "__init__.py"), [path]
    else:
        location, folders = path, None
    spec = importlib.util.spec_from_file_location("orchestra_adapter", location, submodule_search_locations=folders)
    if spec is None or spec.loader is None:
        raise RunFailed(f"The framework's worker half cannot be loaded from {path}.", "environment")
    module = importlib.util.module_from_spec(spec)
    sys.modules["orchestra_adapter"] = module
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        raise RunFailed(f"The framework's environment is incomplete: {error}.", "environment") from error
    _loaded[path] = module
    return module


class _Capture:
    """Collects what is printed while the run goes on."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._is_stopped = False
        # Neither at its start nor at its end does anybody wait for this thread: a hand-over of the interpreter's lock
        # each way, on a busy machine, takes longer than a short job.
        _thread.start_new_thread(self._watch, ())

    def stop(self) -> None:
        self._is_stopped = True

    def _watch(self) -> None:
        time.sleep(_CAPTURE_SECONDS)
        while not self._is_stopped:
            self._journal.collect()
            time.sleep(_CAPTURE_SECONDS)


def _flush_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # a framework may have closed it


def _mapping(output: Any) -> dict[str, Any] | None:
    if output is None:
        return None
    if isinstance(output, Mapping):
        return dict(output)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return {"result": output}
