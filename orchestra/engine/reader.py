"""Reads an attempt's journal as it grows: has the events stored, and publishes them."""

import asyncio
import time
from collections.abc import Sequence

from orchestra.bus import execution_topic
from orchestra.domain.events import Event, EventKind
from orchestra.engine import lifecycle, retry
from orchestra.engine.attempt import Attempt
from orchestra.engine.journal import Position
from orchestra.engine.questions import Questions
from orchestra.engine.surroundings import Surroundings

_CONGESTED_SECONDS = 0.05
_PATIENCE_SECONDS = 60.0
# What says that a run gets on; output and tokens may also come from one that goes round in circles.
_PROGRESS = frozenset(
    {EventKind.STEP_STARTED, EventKind.STEP_ENDED, EventKind.MESSAGE, EventKind.OUTPUT, EventKind.ANSWER}
)


class Reader:
    def __init__(self, surroundings: Surroundings) -> None:
        self._with = surroundings
        self.questions = Questions(surroundings)

    def read(self, attempt: Attempt) -> None:
        """Take in and publish what a living worker wrote, about a megabyte at most.

        While storing does not keep up, the journal is left alone: the events are safe there.
        """
        if self._with.ingest.congested:
            return
        if self._skim(attempt):
            attempt.rung.set()  # there may be more
        elif events := self._take_in(attempt):
            attempt.rung.set()
            self.publish(attempt, events)

    def publish(self, attempt: Attempt, events: Sequence[Event]) -> None:
        if events:
            reached = attempt.tail.position.offset
            weight, attempt.published = reached - attempt.published, reached
            self._with.bus.publish(execution_topic(attempt.execution.id), events, max(weight, len(events)))

    async def publish_rest(self, attempt: Attempt) -> None:
        """Take in and publish all that is left of the journal; the worker is gone."""
        self.publish(attempt, await self.rest(attempt))

    async def rest(self, attempt: Attempt) -> list[Event]:
        """Take in all that is left of the journal; storage that hangs is waited for, but not for ever."""
        taken: list[Event] = []
        patience = time.monotonic() + _PATIENCE_SECONDS
        while True:
            if self._with.ingest.congested and time.monotonic() < patience:
                await asyncio.sleep(_CONGESTED_SECONDS)
                continue
            await asyncio.sleep(0)  # others have their turn
            if self._skim(attempt):
                patience = time.monotonic() + _PATIENCE_SECONDS
                continue
            events = self._take_in(attempt)
            if not events:
                return taken
            taken += events
            patience = time.monotonic() + _PATIENCE_SECONDS

    def make_up(self, attempt: Attempt, event: Event) -> Event:
        """Have an event stored that could not be read from the journal; the event itself."""
        reached = Position(attempt.tail.position.offset, event.seq + 1)
        self._with.ingest.put(event.number, event.attempt, reached, [event])
        return event

    def _skim(self, attempt: Attempt) -> bool:
        """Have a flood of output stored as it stands, without a look at each line; False if it is not that."""
        if self._with.bus.is_heard(execution_topic(attempt.execution.id)):
            return False  # by somebody who wants each line
        lines = attempt.tail.skim()
        if lines is None:
            return False
        attempt.has_begun, attempt.heard, attempt.last_event_at = True, time.monotonic(), lines.last_at
        attempt.published = attempt.tail.position.offset
        number, count = attempt.execution.number, attempt.execution.attempt
        self._with.ingest.put_output(number, count, attempt.tail.position, lines)
        return True

    def _take_in(self, attempt: Attempt) -> list[Event]:
        events = attempt.tail.read()
        for event in events:
            attempt.last_event_at = event.at
            attempt.has_begun = attempt.has_begun or event.kind is not EventKind.STATUS
            if event.kind is EventKind.END:
                attempt.said_goodbye = True
                if attempt.stopped is None and attempt.ending is None:
                    attempt.ending = lifecycle.ending_of(event.data, event.message)
            elif (closed := lifecycle.closed_by(event, attempt.ending)) is not None:
                attempt.closed = closed
            elif announced := retry.announced_by(event, event.attempt, attempt.policy):
                attempt.closed, attempt.retrying = announced
        if events:
            attempt.heard = time.monotonic()
            self.questions.note(attempt, events)
            if any(event.kind in _PROGRESS for event in events):
                self._with.accounts.note_progress(attempt.execution.number)
            number, count = attempt.execution.number, attempt.execution.attempt
            self._with.ingest.put(number, count, attempt.tail.position, events)
        return events
