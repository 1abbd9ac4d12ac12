"""The equation just done: in symbols, as the line that ran, with its numbers, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bpstep.formula.box import Box, Span, row, word
from bpstep.formula.chain import chain, reuse, roles
from bpstep.formula.symbols import Symbols
from bpstep.formula.words import sentence
from bpstep.frame import Frame
from bpstep.home import Edge, Index, Node, Place
from bpstep.program import Step
from bpstep.views.canvas import Canvas, wrap
from bpstep.views.chain_line import chain_line
from bpstep.views.inside import inside_lines
from bpstep.views.look import Look
from bpstep.views.number_line import NumberLine
from bpstep.views.spans import broken, coloured, three
from bpstep.views.view import View, fitted, pointed_equation, selection

_LEFT = 1
EQUATION = ("equation",)
"""What a click on the line of the equation means."""
_WORDS = 9
"""The line where the sentence stands when there is room above it, whatever the step."""


def result_index(frame: Frame, view: View) -> Index:
    """The cell of the step's result whose arithmetic is shown: the selected one, or the one like it."""
    assert frame.at_work is not None
    return index_in(frame, view, frame.at_work.name)


def index_in(frame: Frame, view: View, name: str) -> Index:
    """The cell of the tensor `name` that is selected, or the one like it."""
    chosen = selection(frame, view)
    home, shape = frame.program.homes[name], frame.shape(name)
    asked = chosen.lit.index(name)
    if asked is not None:
        return asked
    if chosen.name == name:
        return fitted(chosen.index, shape)
    for place in _related(chosen.place):
        index = home.index(place, len(shape), chosen.sample)
        if index is not None:
            return fitted(index, shape)
    # What the cell's row means elsewhere, a sample or an input, is no row of this tensor.
    return fitted((chosen.sample, *chosen.index[-1:]) if home.kind == "node" else chosen.index[-1:], shape)


def _related(place: Place | None) -> list[Place]:
    """A place, and for an edge the units that it joins, the one it leads to first."""
    if not isinstance(place, Edge):
        return [] if place is None else [place]
    return [place, Node(place.layer, place.target), Node(place.layer - 1, place.source)]


def formula(frame: Frame, view: View, look: Look, width: int, height: int) -> Canvas:
    """The pane."""
    canvas = Canvas(width, height)
    if frame.inside:
        for y, spans in enumerate(inside_lines(frame, frame.inside, look, width - _LEFT, height)[:height]):
            is_pointed = y == 0 and pointed_equation(view) == frame.inside.step.name
            canvas.runs(_LEFT, y, _pointed(canvas, y, spans, look) if is_pointed else spans)
        canvas.hit(_LEFT, 0, width - _LEFT, ("equation",))
        return canvas
    if frame.step is None:
        _start(canvas, frame, width)
        return canvas
    pane = _Pane(frame, frame.step, result_index(frame, view), look, width - _LEFT, height)
    lines = pane.lines()
    top = min(view.scroll, max(len(lines) - height, 0))
    for y, spans in enumerate(lines[top : top + height]):
        is_code = any(spans is line for line in pane.code)
        if is_code and pointed_equation(view) == frame.step.name:
            spans = _pointed(canvas, y, spans, look)
        canvas.runs(_LEFT, y, spans)
        if is_code:
            canvas.hit(_LEFT, y, width - _LEFT, EQUATION)
    if top + height < len(lines):
        canvas.put(width - 1, height - 1, look.pick("▾", "v"), "quiet")
    return canvas


def _pointed(canvas: Canvas, y: int, spans: list[Span], look: Look) -> list[Span]:
    """A line that somebody points at, its mark before it."""
    canvas.put(0, y, look.pick("▸", ">"), "pointed")
    return [(text, "pointed") for text, _ in spans]


def most_scroll(frame: Frame, view: View, look: Look, width: int, height: int) -> int:
    """How many lines of the formula a pane of this size has no room for."""
    if frame.step is None or frame.inside:
        return 0
    pane = _Pane(frame, frame.step, result_index(frame, view), look, width - _LEFT, height)
    return max(len(pane.lines()) - height, 0)


def _start(canvas: Canvas, frame: Frame, width: int) -> None:
    lines = wrap(sentence(frame, ()), width - 2 * _LEFT)
    for y, line in enumerate(lines, 1):
        canvas.put(_LEFT, y, line, "text")
    # The first equation, where it is edited, has a line of its own below.
    canvas.hit(_LEFT, min(len(lines) + 2, canvas.height - 1), width - _LEFT, EQUATION)


@dataclass(frozen=True)
class _Pane:
    frame: Frame
    step: Step
    index: Index
    look: Look
    width: int
    height: int

    def lines(self) -> list[list[Span]]:
        """Symbols, the line that ran, the numbers and the sentence, each in its place."""
        told = wrap(sentence(self.frame, self.index), self.width - 1)
        words: list[list[Span]] = [[(line, "text")] for line in told]
        arithmetic = NumberLine(self.frame, self.step, self.index, self.look, self.width)
        code, numbers = self.code, arithmetic.selected()
        if self.height < 8:
            return [*self.inline(), *code, *numbers, *words]
        symbols = self.symbols()
        if len(symbols) + len(code) + len(numbers) + len(words) > self.height:
            symbols = self.inline()
        while len(symbols) < 4 and len(symbols) + len(code) + len(numbers) + len(words) < self.height:
            symbols.append([])
        lines = [*symbols, *code, *numbers]
        spare = self.height - len(lines) - len(words)
        lines += arithmetic.others()[: max(spare - 1, 0)]
        start = min(self.height - len(words), max(_WORDS, len(lines) + 1))
        lines += [[]] * (start - len(lines))
        return [*lines, *words]

    @cached_property
    def code(self) -> list[list[Span]]:
        """The line that ran, on as many lines as it needs."""
        return broken(coloured(self.step), self.width)

    def symbols(self) -> list[list[Span]]:
        """The chain rule with a line that says where each factor comes from; else the equation."""
        riddle = self.frame.riddle
        found = None if riddle else chain(self.frame.program, self.frame.done - 1, self.frame.own)
        equation = Symbols(self.frame.program, self.look.glyphs, roles(self.step)).equation(self.step)
        if found is None or len(found.factors) < 2:
            return three(equation)
        drawn = chain_line(found, self.look, self.width)
        return self._beside([list(line) for line in drawn.lines], drawn.width, equation)

    def _beside(self, lines: list[list[Span]], taken: int, equation: Box) -> list[list[Span]]:
        """To the right of the chain, what there is room for: the factor's own equation, or what is reused."""
        left = self.width - taken - 4
        note = wrap(reuse(self.frame.program, self.frame.done - 1), left) if left >= 16 else []
        if self.step.role.of != "E" and equation.width <= left:
            for y, spans in enumerate(three(equation)):
                lines[y] += [("    ", "text"), *spans]
        elif 0 < len(note) <= 3:
            for y, text in enumerate(note):
                lines[y] += [("    ", "text"), (text, "quiet")]
        return lines

    def inline(self) -> list[list[Span]]:
        """The equation in symbols on one line, for small screens."""
        symbols = Symbols(self.frame.program, self.look.glyphs, roles(self.step))
        left = symbols.name(self.step.name, stacked=False)
        drawn = row([left, word(" = "), symbols.write(self.step.tree, stacked=False)])
        return [list(drawn.lines[0])] if drawn.width <= self.width else []
