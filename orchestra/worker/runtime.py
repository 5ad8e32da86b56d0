"""Runs one job: loads the framework's worker half, calls it, and always writes down how it ended."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Mapping
from types import AsyncGeneratorType, GeneratorType, ModuleType, SimpleNamespace
from typing import Any, cast

from .capture import unbuffer_standard_streams
from .context import Cancelled, RunContext, RunFailed, type_name
from .descendants import kill_descendants
from .journal import Journal
from .protocol import CANCELLED_EXIT
from .questions import NoAnswer

_CAPTURE_SECONDS = 0.05
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)


def main() -> None:
    """Read the job from standard input, run it, leave without waiting for the framework's threads."""
    text = sys.stdin.buffer.read()
    if not text:
        os._exit(CANCELLED_EXIT)  # the server died before it handed the job over: nothing has begun
    job: dict[str, Any] = json.loads(text)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    unbuffer_standard_streams()
    _keep_descendants()
    journal = Journal(job["journal"], job["number"], job.get("bell"))
    context = RunContext(journal, job["folder"], job["gateway_url"], job["gateway_key"], job["journal"])
    journal.write("begin", None, None, None, {"python": ".".join(map(str, sys.version_info[:3])), "pid": os.getpid()})
    _prepare_environment(job)
    _start_capture(journal)
    ending = _Runner(job, journal, context).run()
    _flush_output()
    journal.collect(last=True)
    kill_descendants()
    journal.write("end", None, ending.pop("reason", None), None, ending)
    os._exit(CANCELLED_EXIT if ending["status"] == "CANCELLED" else 0)


class _Runner:
    def __init__(self, job: Mapping[str, Any], journal: Journal, context: RunContext) -> None:
        self._job = job
        self._journal = journal
        self._context = context
        self._interruptible = False
        self._cancel_task: Any | None = None

    def run(self) -> dict[str, Any]:
        """How the run ended: `status`, and `output`, or `reason` with `failure`."""
        signal.signal(signal.SIGTERM, self._on_term)
        try:
            adapter = _load_adapter(self._job["adapter"])
            signal.signal(signal.SIGTERM, self._on_term)  # frameworks may have replaced it at import
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
    return module


def _prepare_environment(job: Mapping[str, Any]) -> None:
    """The variables by which openai clients, old (0.27) and new, find the gateway."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        os.environ[name] = job["gateway_url"]
    os.environ["OPENAI_API_KEY"] = job["gateway_key"]


def _start_capture(journal: Journal) -> None:
    def watch() -> None:
        while True:
            time.sleep(_CAPTURE_SECONDS)
            journal.collect()

    threading.Thread(target=watch, name="orchestra-capture", daemon=True).start()


def _flush_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # a framework may have closed it


def _keep_descendants() -> None:
    """On Linux, let orphans of this run come to us instead of init, so that they stay in our tree."""
    if sys.platform != "linux":
        return
    import ctypes

    try:
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError):
        pass  # the environment's marker finds them too


def _mapping(output: Any) -> dict[str, Any] | None:
    if output is None:
        return None
    if isinstance(output, Mapping):
        return dict(output)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return {"result": output}
