"""The chain rule as fractions side by side, under each the step that gives it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from bpstep.explain.chain_rule import COMING, DONE, NOW, REUSED, Chain, Factor, chain, reuse, roles
from bpstep.explain.notation import Derivative
from bpstep.explain.prose import sentence
from bpstep.explain.symbols import Box, Span, Symbols, fraction, row, word
from bpstep.program.diagram import Edge, Index, Node, Place
from bpstep.program.program import Step
from bpstep.render.canvas import Canvas, broken, coloured, three, wrap
from bpstep.render.formula.micro import inside_lines
from bpstep.render.formula.numbers import NumberLine
from bpstep.render.theme import Look
from bpstep.render.view_state import View, fitted, pointed_equation, selection
from bpstep.session.frame import Frame

_STATES = {DONE: "known", REUSED: "known", NOW: "write", COMING: "coming"}


def chain_line(found: Chain, look: Look, width: int) -> Box:
    """The chain on four lines; too wide, it gets shorter labels, then its beginning is drawn together."""
    wide = _ChainLine(look, narrow=False).draw(found)
    if wide.width <= width:
        return wide
    narrow = _ChainLine(look, narrow=True)
    drawn = narrow.draw(found)
    return drawn if drawn.width <= width else narrow.draw(_shortened(found))


@dataclass(frozen=True)
class _ChainLine:
    look: Look
    narrow: bool

    def draw(self, found: Chain) -> Box:
        """The fractions in columns, under each the step that gives it."""
        goal = "write" if found.goal_is_now else "text"
        times = word(f" {self.look.glyphs.times} ")
        columns = [self._column(found.goal, goal, "", 0), word(" = ")]
        held = found.prefix if found.goal_is_now else 0
        if held:
            columns += [self._held(found, times), times]
        for factor in found.factors[held:]:
            columns += [self._factor(factor), times]
        return row(columns[:-1])

    def _factor(self, factor: Factor) -> Box:
        label = self._label(factor)
        return self._column(factor.written, _STATES[factor.state], label, 3 if self.narrow else 6)

    def _held(self, found: Chain, times: Box) -> Box:
        """The factors that one tensor holds already multiplied, over a brace with its name."""
        columns: list[Box] = []
        for factor in found.factors[: found.prefix]:
            columns += [self._column(factor.written, _STATES[factor.state], "", 3), times]
        drawn = row(columns[:-1])
        left, line, right = self.look.pick("╰", "\\"), self.look.glyphs.bar, self.look.pick("╯", "/")
        for text in (f" {found.prefix_name}, step {found.prefix_step} ", f" step {found.prefix_step} ", ""):
            if len(text) + 2 <= drawn.width:
                break
        brace = left + text.center(drawn.width - 2, line) + right
        return Box((*drawn.lines[:3], ((brace, "known"),)), drawn.base)

    def _column(self, what: Derivative, role: str, label: str, least: int) -> Box:
        glyphs = self.look.glyphs
        top = word(glyphs.partial + glyphs.symbol(what.of), role)
        bottom = word(glyphs.partial + glyphs.symbol(what.by), role)
        drawn = fraction(top, bottom, role, glyphs.bar)
        width = max(drawn.width, len(label), least)
        pad = width - drawn.width
        left = pad // 2
        lines = [(((" " * left), "text"), *line, (" " * (pad - left), "text")) for line in drawn.lines]
        quiet = "write" if role == "write" else "coming" if role == "coming" else "quiet"
        lines.append(((label.center(width), quiet),))
        return Box(tuple(lines), 1)

    def _label(self, factor: Factor) -> str:
        if factor.state == NOW:
            return "now"
        again = self.look.pick("↺", "~") if factor.state == REUSED else ""
        again += self.look.pick("≠", "!") if factor.own else ""
        text = f"{again}{factor.step}" if self.narrow else f"{again}step {factor.step}"
        return f"({text})" if factor.state == COMING else text


def _shortened(found: Chain) -> Chain:
    """The chain with its beginning as the one gradient that holds it already."""
    if not found.prefix:
        return replace(found, factors=found.factors[-4:])
    last = found.factors[found.prefix - 1]
    written = Derivative(found.goal.of, last.written.by)
    held = replace(last, written=written, name=found.prefix_name, step=found.prefix_step)
    return replace(found, factors=(held, *found.factors[found.prefix :]))


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
