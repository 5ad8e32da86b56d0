"""One execution: what runs, what was said, what it gave, and how it ended."""

import asyncio
from collections.abc import Sequence

from nicegui import ui

from orchestra.bus import SlowSubscriber
from orchestra.domain.events import Change, Event, ExecutionChanged, LogLevel
from orchestra.domain.executions import Execution, ExecutionStatus
from orchestra.domain.packages import environment_id
from orchestra.services.executions import LogPage
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.forms.schema import without_secrets
from orchestra_ui.live import batches, watch
from orchestra_ui.pages.artifacts_part import ArtifactsPart
from orchestra_ui.pages.execution_head import ExecutionHead
from orchestra_ui.pages.model_calls_part import ModelCallsPart
from orchestra_ui.parts.conversation import Conversation
from orchestra_ui.parts.elements import Text, block, box
from orchestra_ui.parts.feedback import ask
from orchestra_ui.parts.graph import GraphPicture
from orchestra_ui.parts.log_pane import LogPane
from orchestra_ui.parts.steps import Steps
from orchestra_ui.timeline import Timeline
from orchestra_ui.wording import as_json

_QUEUE_SECONDS = 1.0


@guarded
async def execution_page(screen: Screen, execution_id: str) -> None:
    execution = await ask(screen.services.executions.get, screen.principal, execution_id)
    set_title(execution.agent_name)
    view = _ExecutionView(screen, execution)
    changes = screen.services.changes
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(view.follow())
            group.create_task(view.watch_queue())
            group.create_task(watch(lambda: changes.follow(screen.principal), view.refresh, view.is_about))
    except ExceptionGroup as errors:
        # What the page cannot go on without is told as it is, not as a group.
        raise errors.exceptions[0] from None


class _ExecutionView:
    def __init__(self, screen: Screen, execution: Execution) -> None:
        self._screen = screen
        self._execution = execution
        self._attempt: tuple[int, object] = (1, None)
        self._timeline = Timeline()
        self._root = ui.context.slot.parent
        self._framework = next(
            (f.title for f in screen.services.frameworks.list() if f.id == execution.framework), execution.framework
        )
        self._head = ExecutionHead(screen, execution, self._framework)
        self._picture = GraphPicture()
        self._steps = Steps(self._timeline)
        self._draw_tabs()
        self._show(execution)

    def is_about(self, change: Change) -> bool:
        return isinstance(change, ExecutionChanged) and change.execution_id == self._execution.id

    async def refresh(self) -> None:
        """Read the execution again: its status, its totals, its end."""
        executions, principal = self._screen.services.executions, self._screen.principal
        execution = await ask(executions.get, principal, self._execution.id)
        if execution != self._execution:
            with self._root:
                self._show(execution)
            await self._calls.refresh()
            await self._artifacts.refresh()
        attempt = (execution.attempt, execution.next_attempt_at)
        if execution.attempt > 1 and attempt != self._attempt:
            self._attempt = attempt
            past = await ask(executions.past_attempts, principal, execution.id)
            with self._root:
                self._head.show_attempts(execution, past)

    async def watch_queue(self) -> None:
        """Keep up to date what it waits for; nobody tells of that."""
        while True:
            is_waiting = self._execution.status is ExecutionStatus.PENDING
            self._head.show_place(await self._place() if is_waiting else "")
            await asyncio.sleep(_QUEUE_SECONDS)

    async def _place(self) -> str:
        services, principal = self._screen.services, self._screen.principal
        needed = environment_id(self._execution.framework, self._execution.configuration)
        facts = await ask(services.environments.facts_of, principal, needed)
        if facts is not None and facts.progress is not None:
            return f"{self._framework} is being installed: {facts.progress.fraction:.0%}"
        position = await ask(services.executions.queue_position, principal, self._execution.id)
        if position is None:
            return ""
        return "next in the queue" if position == 1 else f"number {position:,} in the queue"

    async def follow(self) -> None:
        """Draw what happened and what happens, to the end; a reader that fell behind goes on where it stopped."""
        executions, principal = self._screen.services.executions, self._screen.principal
        while True:
            try:
                source = executions.follow(principal, self._execution.id, self._timeline.position)
                async for batch in batches(source):
                    with self._root:
                        self._draw([event for events in batch for event in events])
            except SlowSubscriber:
                continue
            await self.refresh()
            with self._root:
                self._settle()
            await self._artifacts.count()
            return

    def _draw_tabs(self) -> None:
        with ui.tabs().classes("tabs").props("dense align=left no-caps outside-arrows mobile-arrows") as tabs:
            ui.tab("conversation", label="Conversation")
            self._log_tab = ui.tab("log", label="Log")
            self._calls_tab = ui.tab("calls", label="Model calls")
            self._artifacts_tab = ui.tab("artifacts", label="Artifacts")
            ui.tab("data", label="Input & output")
            ui.tab("configuration", label="Configuration")
        with ui.tab_panels(tabs, value="conversation", animated=False):
            with ui.tab_panel("conversation"):
                self._conversation = Conversation(self._timeline)
            with ui.tab_panel("log"):
                self._log = LogPane(self._timeline, self._read_logs)
            with ui.tab_panel("calls"):
                self._calls = ModelCallsPart(self._screen, self._execution.id)
            with ui.tab_panel("artifacts"):
                self._artifacts = ArtifactsPart(self._screen, self._execution.id, self._show_artifacts)
            with ui.tab_panel("data"):
                self._data = box("stack")
            with ui.tab_panel("configuration"):
                block(as_json(self._shown_configuration()))
        tabs.on_value_change(lambda event: self._calls.show_if(event.value == "calls"))
        tabs.on_value_change(lambda event: self._artifacts.show_if(event.value == "artifacts"))

    def _show_artifacts(self, number: int) -> None:
        self._artifacts_tab.props["label"] = f"Artifacts {number:,}" if number else "Artifacts"

    def _shown_configuration(self) -> object:
        execution, frameworks = self._execution, self._screen.services.frameworks
        known = {framework.id for framework in frameworks.list()}
        schema = frameworks.schema(execution.framework) if execution.framework in known else {}
        return without_secrets(schema, execution.configuration)

    def _read_logs(self, level: LogLevel | None, offset: int, limit: int) -> LogPage:
        return self._screen.services.executions.logs(
            self._screen.principal, self._execution.id, level=level, offset=offset, limit=limit
        )

    def _draw(self, events: Sequence[Event]) -> None:
        changes = self._timeline.apply(events)
        if changes.steps:
            self._steps.refresh()
            self._head.show_step(self._timeline.running_step())
        if changes.steps or changes.graph:
            self._picture.show(self._timeline.graph, *self._timeline.nodes())
        if changes.utterances:
            self._conversation.refresh()
        if changes.lines:
            self._log.add(changes.lines)
            self._log_tab.props["label"] = f"Log {self._timeline.line_count:,}"

    def _settle(self) -> None:
        """All events are drawn and the end is known: nothing runs and nothing is being written any more."""
        ended = self._execution.completed_at
        self._timeline.close(ended.timestamp() if ended else None)
        self._steps.refresh()
        self._picture.show(self._timeline.graph, *self._timeline.nodes())
        self._head.show_step(None)
        self._conversation.refresh(is_over=True)

    def _show(self, execution: Execution) -> None:
        self._execution = execution
        self._head.show(execution)
        calls = f" {execution.model_calls:,}" if execution.model_calls else ""
        self._calls_tab.props["label"] = f"Model calls{calls}"
        self._data.clear()
        with self._data:
            Text("Input", "h3")
            block(as_json(dict(execution.input)))
            Text("Output", "h3")
            if execution.output is None:
                Text("No output." if execution.status.is_final else "There is none yet.", "p", "soft")
            else:
                block(as_json(dict(execution.output)))
