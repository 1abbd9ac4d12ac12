"""What a sentence may need: the frame, its step, the selected cell, and their names."""

from __future__ import annotations

import textwrap
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bpstep.deferred import deferred
from bpstep.explain.numbers import format_precise, format_short
from bpstep.explain.prose.units import unit_name
from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.model.network import Array
from bpstep.program.diagram import Edge, Node
from bpstep.program.program import Step
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.explain.prose import hints
else:
    hints = deferred("bpstep.explain.prose.hints")

SENTENCE_WIDTH = 78
"""The characters of one line of a sentence on a screen of 80 by 24, which has two such lines."""


_SAMPLE = "sample {number}"
_UNIT_IN_SAMPLE = "{unit} in {sample}"

_SIGN_NOTES = {
    "zero": "Zero: {loss} does not change with {quantity}.",
    "negative": "Negative: raising {quantity} lowers {loss}.",
    "positive": "Positive: lowering {quantity} lowers {loss}.",
}
_SIGN_CAVEATS = {
    "zero": "Zero, but it rests on {caveat}.",
    "negative": "Negative, but it rests on {caveat}.",
    "positive": "Positive, but it rests on {caveat}.",
}


@frozen
class SentenceContext:
    """The step just done, and the cell of its result that the sentence is about."""

    frame: Frame
    step: Step
    index: Index
    value: float

    @property
    def v(self) -> str:
        """The cell's number as it is printed."""
        return format_short(self.value)

    @property
    def k(self) -> int:
        """The layer of weights that the step belongs to, counted from 1."""
        return self.step.role.layer

    @property
    def last(self) -> bool:
        """True in the layer that computes Y."""
        return self.k == len(self.frame.network.layers)

    @property
    def activation(self) -> str:
        """The name of the layer's activation."""
        return self.frame.network.layers[self.k - 1].activation

    @property
    def net(self) -> float:
        """The net input of the selected cell's unit."""
        return self.number(f"net_{self.k}")

    @property
    def shown_net(self) -> str:
        return format_short(self.net)

    @property
    def cell(self) -> str:
        """The cell's name: V[0,1]."""
        return self.step.name + (f"[{','.join(map(str, self.index))}]" if self.index else "")

    @property
    def samples(self) -> int:
        """How many samples the iteration sees."""
        return len(self.frame.rows)

    def is_derived(self, name: str) -> bool:
        """True if the equation of this name was derived, not written by a person."""
        return name not in self.frame.replaced

    @property
    def output_tensor(self) -> str:
        """The tensor that the layer gives: H, H2, Y."""
        return "Y" if self.last else "H" if len(self.frame.network.layers) == 2 else f"H{self.k}"

    @property
    def input_tensor(self) -> str:
        """The tensor that the layer reads: X, H, H1."""
        return "X" if self.k == 1 else "H" if len(self.frame.network.layers) == 2 else f"H{self.k - 1}"

    def tensor(self, name: str) -> Array:
        """A tensor just before the step, brought to the axes (rows, columns)."""
        return np.atleast_2d(self.frame.before[name])

    def number(self, name: str, index: Index | None = None) -> float:
        """A tensor's cell just before the step; by default at the selected index.

        An index with more entries than the tensor has axes loses its first ones, as in broadcasting.
        """
        value: Any = self.frame.before[name]
        place = self.index if index is None else index
        rank = np.ndim(value)
        return float(value[place[len(place) - rank :]] if rank else value)

    def at(self, name: str, index: Index | None = None) -> str:
        return format_short(self.number(name, index))

    def unit(self, layer: int, at: int) -> str:
        return unit_name(self.frame.network, layer, at)

    @cached_property
    def edge(self) -> Edge:
        """The edge of the selected cell."""
        found = self.frame.program.layouts[self.step.name].place_of(self.index)
        assert isinstance(found, Edge)
        return found

    @cached_property
    def end_units(self) -> tuple[str, str]:
        """The units at the two ends of the selected cell's edge."""
        return self.unit(self.k - 1, self.edge.source), self.unit(self.k, self.edge.target)

    @cached_property
    def here(self) -> str:
        """The unit of the selected cell."""
        found = self.frame.program.layouts[self.step.name].place_of(self.index)
        assert isinstance(found, Node)
        return self.unit(*found)

    @property
    def sample(self) -> str:
        """Which sample the selected cell belongs to, if there are several: sample 3."""
        if self.samples == 1 or len(self.index) < 2:
            return ""
        return fill(_SAMPLE, number=self.index[0] + 1)

    @property
    def here_now(self) -> str:
        """The unit, with its sample if there are several."""
        return fill(_UNIT_IN_SAMPLE, unit=self.here, sample=self.sample) if self.sample else self.here

    def sign_note(self, quantity: str) -> str:
        """What the sign of the gradient with respect to `quantity` means."""
        sign = "zero" if self.value == 0 else "negative" if self.value < 0 else "positive"
        caveat = hints.gradient_caveat(self.frame, self.step)
        if caveat:
            return fill(_SIGN_CAVEATS[sign], caveat=caveat)
        return fill(_SIGN_NOTES[sign], quantity=quantity, loss=self.frame.program.loss)


def first_fitting(*texts: str) -> str:
    """The first text, from the longest to the shortest, that fits on two lines; else the last."""
    return next((text for text in texts if _line_count(text) <= 2), texts[-1])


def first_filled(templates: tuple[str, ...], note: str = "", /, **slots: object) -> str:
    """The first template, filled, that fits on two lines; else the last. `note` is a sentence after it."""
    return first_fitting(*(with_note(fill(template, **slots), note) for template in templates))


def with_note(text: str, note: str) -> str:
    """Whole sentences, one after the other; `note` may be empty."""
    return f"{text} {note}" if note else text


def format_significant(value: float, digits: int) -> str:
    """A number with this many significant digits."""
    return format_precise(float(f"{value:.{digits}g}"))


def _line_count(text: str) -> int:
    return len(textwrap.wrap(text, SENTENCE_WIDTH, break_long_words=False, break_on_hyphens=False))
