"""Runs one crew or flow to its end, in a thread of its own, so that nothing in it can keep a run from stopping."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextvars
import threading
import time
from typing import TYPE_CHECKING, Any

from crewai import Crew
from crewai.events import crewai_event_bus
from pydantic import ValidationError

from . import crews, inputs, memories, models, people, projects, quiet
from .events import Events
from .mcp import Servers
from .outputs import output_of
from .picture import picture_of
from .stopping import Ended, Stopping

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request

_LOOK_SECONDS = 0.05
_SOFT_SECONDS = 1.0  # what a crew that is asked to stop has for it; it cannot be woken from a model's call
_FLUSH_SECONDS = 5.0


def run(request: Request, context: Context) -> dict[str, Any]:
    """Run what the configuration describes or names; the output has `answer`, and `tasks` or `state`."""
    configuration = request.configuration
    stopping = Stopping()
    events = Events(context, stopping)
    context.on_cancel(stopping.stop)
    quiet.keep_files_in(context.agent_folder)
    quiet.print_nothing()
    memories.open_late()
    models.take_over(context, configuration.get("model") if configuration.get("crew") else None)
    people.take_over(context, int(configuration.get("max_reviews", 5)))
    servers = Servers(context, stopping)
    servers.watch()
    events.listen()
    try:
        runnable, given = _prepared(request, context, servers)
        events.runs = runnable
        picture_of(runnable, context)
        result = _Thread(runnable, given).wait(stopping)
    except BaseException as error:
        events.close("cancelled" if context.cancelled else "failed")
        if isinstance(error, Ended) and error.reason is not None and not context.cancelled:
            context.fail(error.reason, failure=error.failure)
        raise
    events.close("completed")
    return output_of(result, runnable)


def _prepared(request: Request, context: Context, servers: Servers) -> tuple[Any, dict[str, Any]]:
    """What is to run, and its inputs."""
    try:
        if request.configuration.get("crew"):
            runnable, own = projects.runnable_of(request.configuration, context)
        else:
            runnable, own = crews.crew_of(request.configuration, context, servers), {}
    except ImportError as error:
        context.fail(f"A module that the crew needs is not there: {error}.", failure="environment")
    except ValidationError as error:
        context.fail(f"The crew cannot be made as configured: {_faults(error)}", failure="configuration")
    except (ValueError, TypeError, AttributeError, NotImplementedError) as error:
        context.fail(f"The crew cannot be made as configured: {error}", failure="configuration")
    runnable.stream = False  # its events tell more, and the whole result is waited for
    given = inputs.inputs_of(request, own)
    if isinstance(runnable, Crew):
        _check_inputs(runnable, given, context)
    return runnable, given


def _check_inputs(crew: Crew, given: dict[str, Any], context: Context) -> None:
    if not inputs.has_place_for_task(crew, given):
        context.log("The run's task is not used: write {task} where the crew is to have it.", level="WARN")
    if missing := inputs.missing_from(crew, given):
        context.fail(f"The crew needs these inputs: {', '.join(missing)}.", failure="configuration")


def _faults(error: ValidationError) -> str:
    """Pydantic's words, without its links."""
    return "; ".join(
        f"{'.'.join(map(str, one['loc']))}: {one['msg']}" if one["loc"] else one["msg"] for one in error.errors()
    )


class _Thread:
    """Where the crew runs, while the main thread stays free to leave."""

    def __init__(self, runnable: Any, given: dict[str, Any]) -> None:
        self._runnable = runnable
        self._given = given
        self._result: Any = None
        self._raised: BaseException | None = None
        self._done = threading.Event()
        work = contextvars.copy_context()
        threading.Thread(target=work.run, args=(self._work,), name="crew", daemon=True).start()

    def wait(self, stopping: Stopping) -> Any:
        """What the crew comes to; Ended if nothing more is to happen, while a thread may still wait for a model."""
        ended_at: float | None = None
        while not self._done.wait(_LOOK_SECONDS):
            if stopping.ended is not None:
                ended_at = ended_at or time.monotonic()
                if time.monotonic() - ended_at > _SOFT_SECONDS:
                    break
        if stopping.ended is not None:
            raise stopping.ended
        if self._raised is not None:
            raise self._raised
        return self._result

    def _work(self) -> None:
        try:
            self._result = self._runnable.kickoff(inputs=self._given or None)
            crewai_event_bus.flush(_FLUSH_SECONDS)
        except BaseException as error:  # noqa: BLE001 - raised again where the run waits
            self._raised = error
        finally:
            self._done.set()
