"""Keeps drawn rows in step with a list: known rows change in place, new ones appear, gone ones go."""

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, Protocol, TypeVar

from nicegui import ui

T = TypeVar("T", contravariant=True)
I = TypeVar("I")  # noqa: E741 - an item
K = TypeVar("K", bound=Hashable)


class Row(Protocol[T]):
    """A drawn item: its outermost element, and how it shows a newer state of the same item."""

    root: ui.element

    def show(self, item: T, /) -> None: ...


class KeyedRows(Generic[K, I]):
    """Rows inside a container that holds nothing else."""

    def __init__(self, container: ui.element, draw: Callable[[I], Row[I]]) -> None:
        self._container = container
        self._draw = draw
        self._rows: dict[K, Row[I]] = {}

    def show(self, items: Iterable[tuple[K, I]]) -> None:
        wanted = dict(items)
        for key in [key for key in self._rows if key not in wanted]:
            self._rows.pop(key).root.delete()
        for index, (key, item) in enumerate(wanted.items()):
            if (row := self._rows.get(key)) is None:
                with self._container:
                    row = self._rows[key] = self._draw(item)
            else:
                row.show(item)
            if self._container.default_slot.children[index] is not row.root:
                row.root.move(target_index=index)
