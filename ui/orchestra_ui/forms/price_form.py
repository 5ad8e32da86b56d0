"""The fields of a price that a person sets for a model, for a new one and for one that is there."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from nicegui import ui

from orchestra.domain.prices import OwnPrice
from orchestra.errors import Fault
from orchestra.services.prices import PriceDraft
from orchestra_ui.forms.field_set import FieldSet, typed

_MISSING = Decimal("NaN")  # no number: the service says at which field one must stand


class PriceForm:
    """Draws itself here; `providers` are the words for those that a price can be for, by name."""

    def __init__(
        self, providers: Mapping[str, str], price: OwnPrice | None = None, model: str = "", provider: str = ""
    ) -> None:
        fields = self._fields = FieldSet()
        self._price = price
        if price is None:
            self._model = fields.text("/model", "Model", "As its provider calls it.")
            self._model.value = model
            options = {"": "Any", **providers}
            self._provider = fields.add(
                "/provider", "Provider", "", lambda: ui.select(options, value=provider if provider in options else "")
            )
        self._input = fields.number("/input", "Input", "US dollars per million tokens, as all of these.", min=0)
        self._output = fields.number("/output", "Output", "", min=0)
        self._cached = fields.number("/cached", "Input that was cached", "Empty: as other input.", min=0)
        self._written = fields.number("/cacheWritten", "Input written to the cache", "Empty: as other input.", min=0)
        self._note = fields.text("/note", "Note", "Where you have it from, for example.")
        if price is not None:
            self._fill(price)

    def draft(self) -> PriceDraft:
        """The price as it was typed."""
        before = self._price
        return PriceDraft(
            model=before.model if before else typed(self._model) or "",
            provider=before.provider if before else self._provider.value or "",
            input=_needed(self._input),
            output=_needed(self._output),
            cached=_exact(self._cached),
            cache_written=_exact(self._written),
            note=typed(self._note),
        )

    def show_faults(self, faults: Sequence[Fault]) -> list[Fault]:
        """Tell the faults at their fields; those that have none are given back."""
        return self._fields.show_faults(faults)

    def _fill(self, price: OwnPrice) -> None:
        self._input.value, self._output.value = float(price.input), float(price.output)
        self._cached.value = None if price.cached is None else float(price.cached)
        self._written.value = None if price.cache_written is None else float(price.cache_written)
        self._note.value = price.note or ""


def _exact(control: Any) -> Decimal | None:
    """The number as it was typed, and not as a float holds it; None if there is none."""
    return None if control.value is None else Decimal(repr(control.value))


def _needed(control: Any) -> Decimal:
    found = _exact(control)
    return _MISSING if found is None else found
