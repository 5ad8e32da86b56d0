"""Turns an execution's events into what its page shows: steps, conversation and log; pure."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestra.domain.events import Event, EventKind, LogLevel
from orchestra.domain.executions import ExecutionStatus
from orchestra_ui.diagram import Graph, graph_of

LOG_WINDOW = 2_000
_UTTERANCES = 5_000
_STEPS = 5_000
_TEXT_CHARACTERS = 50_000
_DRAWN_NODES = 80  # of a graph; a picture of more says nothing
# What a model writes in these steps is for the agent itself; no message follows that would finish it.
_ASIDE_STEPS = frozenset({"memory", "critic"})
ASIDE = "aside"


@dataclass(slots=True)
class Utterance:
    """A message of the conversation, or the part of one that has been streamed so far."""

    key: int
    at: float
    role: str
    name: str | None
    text: str
    to: str | None = None
    streaming: bool = False
    place: str | None = None  # the step in which it is streamed


@dataclass(slots=True)
class Step:
    """A step, with epoch seconds of its start and end; `status` is running until it ended."""

    key: str
    name: str
    type: str
    depth: int
    started: float
    parent: str | None = None
    ended: float | None = None
    status: str = "running"
    details: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_running(self) -> bool:
        return self.ended is None and self.status == "running"


@dataclass(frozen=True, slots=True)
class LogLine:
    at: float
    level: LogLevel
    text: str


@dataclass(slots=True)
class Changes:
    """What a batch of events changed, by key."""

    utterances: bool = False
    steps: bool = False
    graph: bool = False
    lines: list[LogLine] = field(default_factory=list[LogLine])


class Timeline:
    """Grows with each batch of events; keeps the newest of what would grow without end."""

    def __init__(self) -> None:
        self.utterances: deque[Utterance] = deque(maxlen=_UTTERANCES)
        self.steps: dict[str, Step] = {}
        self.order: list[str] = []
        self.lines: deque[LogLine] = deque(maxlen=LOG_WINDOW)
        self.line_count = 0
        self.position: tuple[int, int] | None = None
        self.graph: Graph | None = None
        self._streams: dict[str | None, Utterance] = {}
        self._asides: dict[str, Utterance] = {}
        self._next_key = 0
        self._latest: float | None = None

    def apply(self, events: Iterable[Event]) -> Changes:
        changes = Changes()
        for event in events:
            self.position = (event.attempt, event.seq)
            self._latest = event.at
            match event.kind:
                case EventKind.LOG:
                    self._log(event, changes)
                case EventKind.TOKEN:
                    self._token(event)
                    changes.utterances = True
                case EventKind.MESSAGE:
                    self._message(event)
                    changes.utterances = True
                case EventKind.STEP_STARTED:
                    self._step_started(event)
                    changes.steps = True
                case EventKind.STEP_ENDED:
                    self._step_ended(event)
                    changes.steps = changes.utterances = True
                case EventKind.GRAPH:
                    self.graph = graph_of(event.message, event.data, _DRAWN_NODES) or self.graph
                    changes.graph = True
                case EventKind.QUESTION:
                    self._say(event, "assistant", None, (event.message or "")[:_TEXT_CHARACTERS])
                    changes.utterances = True
                case EventKind.ANSWER:
                    self._answer(event)
                    changes.utterances = True
                case EventKind.STATUS if event.data.get("status") == ExecutionStatus.PENDING.value:
                    self.close(event.at)  # of this attempt: nothing of it goes on in the next one
                    changes.steps = changes.utterances = True
                case _:
                    pass
        return changes

    def close(self, at: float | None) -> None:
        """The execution is over: nothing streams any more, and what did not end was stopped."""
        for utterance in [*self._streams.values(), *self._asides.values()]:
            utterance.streaming = False
        self._streams.clear()
        self._asides.clear()
        for step in self.steps.values():
            if step.is_running:
                step.status, step.ended = "stopped", at or self._latest

    def running_step(self) -> Step | None:
        """The innermost step that runs, the newest of several."""
        running = (step for step in reversed(self.steps.values()) if step.is_running)
        return max(running, key=lambda step: step.depth, default=None)

    def nodes(self) -> tuple[set[str], set[str]]:
        """Ids of the graph's nodes in which something runs, and of those in which something has ended."""
        if self.graph is None:
            return set(), set()
        ids = {node.name: node.id for node in self.graph.nodes} | {node.id: node.id for node in self.graph.nodes}
        running: set[str] = set()
        done: set[str] = set()
        for step in self.steps.values():
            node = step.details.get("node") or step.name
            if isinstance(node, str) and node in ids:
                (running if step.is_running else done).add(ids[node])
        return running, done

    def _log(self, event: Event, changes: Changes) -> None:
        line = log_line(event)
        self.lines.append(line)
        self.line_count += 1
        changes.lines.append(line)

    def _token(self, event: Event) -> None:
        speaker = _optional_text(event.data, "name")
        place = _step_key(event, event.step)
        stream = self._asides.get(place) or self._streams.get(speaker)
        if stream is None or stream.place != place:
            stream = self._open_stream(event, speaker, place)
        if len(stream.text) < _TEXT_CHARACTERS:
            stream.text += event.message or ""

    def _open_stream(self, event: Event, speaker: str | None, place: str) -> Utterance:
        """Begin a reply; one begun elsewhere by the same speaker, which no message finished, stays as it is."""
        step = self.steps.get(place)
        if step is not None and step.type in _ASIDE_STEPS:
            stream = self._asides[place] = self._say(event, ASIDE, step.name, "")
        else:
            if (unfinished := self._streams.get(speaker)) is not None:
                unfinished.streaming = False
            stream = self._streams[speaker] = self._say(event, "assistant", speaker, "")
        stream.place, stream.streaming = place, True
        return stream

    def _message(self, event: Event) -> None:
        role = _optional_text(event.data, "role") or "assistant"
        speaker = _optional_text(event.data, "name")
        stream = self._streams.pop(speaker, None)
        if stream is None and role == "assistant":
            stream = self._streams.pop(None, None)
        text = (event.message or "")[:_TEXT_CHARACTERS]
        said = stream or self._say(event, role, speaker, text)
        said.role, said.name, said.text, said.streaming = role, speaker, text, False
        said.to = _optional_text(event.data, "to")

    def _answer(self, event: Event) -> None:
        by = event.data.get("by")
        name = by.get("name") if isinstance(by, dict) else None
        role = "system" if event.data.get("expired") else "user"
        self._say(event, role, name if isinstance(name, str) else None, (event.message or "")[:_TEXT_CHARACTERS])

    def _say(self, event: Event, role: str, name: str | None, text: str) -> Utterance:
        self._next_key += 1
        said = Utterance(self._next_key, event.at, role, name, text)
        self.utterances.append(said)
        return said

    def _step_started(self, event: Event) -> None:
        key = _step_key(event, event.step)
        if key in self.steps:
            return
        parent_id = _optional_text(event.data, "parent")
        parent = self.steps.get(_step_key(event, parent_id)) if parent_id else None
        name = event.message or _optional_text(event.data, "name") or "step"
        depth = parent.depth + 1 if parent else 0
        kind = _optional_text(event.data, "type") or "step"
        step = Step(key, name, kind, depth, event.at, parent.key if parent else None)
        step.details.update(_details(event.data))
        self.steps[key] = step
        self.order.insert(self._end_of(parent), key)
        while len(self.order) > _STEPS:
            del self.steps[self.order.pop(0)]

    def _end_of(self, parent: Step | None) -> int:
        """Where the next step under the parent belongs: after all that is inside it."""
        if parent is None:
            return len(self.order)
        index = self.order.index(parent.key) + 1
        while index < len(self.order) and self.steps[self.order[index]].depth > parent.depth:
            index += 1
        return index

    def _step_ended(self, event: Event) -> None:
        key = _step_key(event, event.step)
        if aside := self._asides.pop(key, None):
            aside.streaming = False
        step = self.steps.get(key)
        if step is None:
            return
        step.ended = event.at
        step.status = _optional_text(event.data, "status") or "completed"
        step.details.update(_details(event.data))


def log_line(event: Event) -> LogLine:
    return LogLine(event.at, event.level or LogLevel.INFO, event.message or "")


def _step_key(event: Event, identifier: str | None) -> str:
    # A repeated attempt numbers its steps anew.
    return f"{event.attempt}/{identifier}"


def _details(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a step's events say beyond its frame."""
    return {key: value for key, value in data.items() if key not in {"name", "type", "parent", "status"}}


def _optional_text(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) and value else None
