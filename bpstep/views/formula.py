"""The equation just done: in symbols, as the line that ran, with its numbers, and in words."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

import numpy as np

from bpstep.formula.arithmetic import Arithmetic, reading
from bpstep.formula.box import Box, Span, fraction, row, word
from bpstep.formula.chain import COMING, DONE, NOW, REUSED, Chain, chain, reuse, roles
from bpstep.formula.notation import Derivative
from bpstep.formula.numbers import precise
from bpstep.formula.scalar import Scalar
from bpstep.formula.symbols import Symbols
from bpstep.formula.words import sentence
from bpstep.frame import Frame
from bpstep.home import Index
from bpstep.program import Step
from bpstep.views.canvas import Canvas, wrap
from bpstep.views.look import Look
from bpstep.views.view import View, fitted, selection

_LEFT = 1
_WORDS = 9
"""The line where the sentence stands when there is room above it, whatever the step."""
_STATES = {DONE: "known", REUSED: "known", NOW: "write", COMING: "coming"}


def result_index(frame: Frame, view: View) -> Index:
    """The cell of the step's result whose arithmetic is shown: the selected one, or the one like it."""
    assert frame.step is not None
    chosen = selection(frame, view)
    shape = frame.shape(frame.step.name)
    if chosen.name != frame.step.name and chosen.place is not None:
        index = frame.program.homes[frame.step.name].index(chosen.place, len(shape), chosen.sample)
        if index is not None:
            return fitted(index, shape)
    return fitted(chosen.index, shape)


def formula(frame: Frame, view: View, look: Look, width: int, height: int) -> Canvas:
    """The pane."""
    canvas = Canvas(width, height)
    if frame.step is None:
        _start(canvas, frame, width)
        return canvas
    pane = _Pane(frame, frame.step, result_index(frame, view), look, width - _LEFT, height)
    lines = pane.lines()
    top = min(view.scroll, max(len(lines) - height, 0))
    for y, spans in enumerate(lines[top : top + height]):
        canvas.runs(_LEFT, y, spans)
    if top + height < len(lines):
        canvas.put(width - 1, height - 1, look.pick("▾", "v"), "quiet")
    return canvas


def _start(canvas: Canvas, frame: Frame, width: int) -> None:
    for y, line in enumerate(wrap(sentence(frame, ()), width - 2 * _LEFT)):
        canvas.put(_LEFT, y + 1, line, "text")


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
        words: list[list[Span]] = [[(line, "text")] for line in wrap(self.words(), self.width - 1)]
        code, numbers = self.code(), self.numbers()
        if self.height < 8:
            return [*self.inline(), *code, *numbers, *words]
        symbols = self.symbols()
        while len(symbols) < 4 and len(symbols) + len(code) + len(numbers) + len(words) < self.height:
            symbols.append([])
        lines = [*symbols, *code, *numbers]
        spare = self.height - len(lines) - len(words)
        lines += self.others()[: max(spare - 1, 0)]
        start = min(self.height - len(words), max(_WORDS, len(lines) + 1))
        lines += [[]] * (start - len(lines))
        return [*lines, *words]

    def words(self) -> str:
        return sentence(self.frame, self.index)

    def symbols(self) -> list[list[Span]]:
        """The chain rule with a line that says where each factor comes from; else the equation."""
        found = chain(self.frame.program, self.frame.done - 1)
        equation = Symbols(self.frame.program, self.look.glyphs, roles(self.step)).equation(self.step)
        if found is None or len(found.factors) < 2:
            return _three(equation)
        for narrow in (False, True):
            drawn = self._chain(found, narrow)
            if drawn.width <= self.width:
                break
        else:
            drawn = self._chain(_shortened(found), narrow)
        return self._beside([list(line) for line in drawn.lines], drawn.width, equation)

    def _beside(self, lines: list[list[Span]], taken: int, equation: Box) -> list[list[Span]]:
        """To the right of the chain, what there is room for: the factor's own equation, or what is reused."""
        left = self.width - taken - 4
        note = wrap(reuse(self.frame.program, self.frame.done - 1), left) if left >= 16 else []
        if self.step.role.of != "E" and equation.width <= left:
            for y, spans in enumerate(_three(equation)):
                lines[y] += [("    ", "text"), *spans]
        elif 0 < len(note) <= 3:
            for y, text in enumerate(note):
                lines[y] += [("    ", "text"), (text, "quiet")]
        return lines

    def _chain(self, found: Chain, narrow: bool) -> Box:
        """The fractions in columns, under each the step that gives it."""
        goal = "write" if found.goal_is_now else "text"
        columns = [self._column(found.goal, goal, "", 0), word(" = ")]
        for at, factor in enumerate(found.factors):
            if at:
                columns.append(word(f" {self.look.glyphs.times} "))
            label = self._label(factor.state, factor.step, narrow)
            columns.append(self._column(factor.written, _STATES[factor.state], label, 3 if narrow else 6))
        return row(columns)

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

    def _label(self, state: str, step: int, narrow: bool) -> str:
        if state == NOW:
            return "now"
        again = self.look.pick("↺", "~") if state == REUSED else ""
        text = f"{again}{step}" if narrow else f"{again}step {step}"
        return f"({text})" if state == COMING else text

    def inline(self) -> list[list[Span]]:
        """The equation in symbols on one line, for small screens."""
        symbols = Symbols(self.frame.program, self.look.glyphs, roles(self.step))
        left = symbols.name(self.step.name, stacked=False)
        drawn = row([left, word(" = "), symbols.write(self.step.tree, stacked=False)])
        return [list(drawn.lines[0])] if drawn.width <= self.width else []

    def code(self) -> list[list[Span]]:
        """The line of NumPy that ran, its tensors coloured."""
        return _broken(_coloured(self.step), self.width)

    def numbers(self) -> list[list[Span]]:
        """The selected cell's arithmetic, as far as it fits on two lines."""
        scalar = reading(self.step, self.index, self.frame.before)
        for lines in (1, 2):
            for terms in (12, 6, 4, 2):
                spans = self._numbers(self.index, scalar, terms, True)
                broken = _broken(spans, self.width, 4)
                if len(broken) <= lines:
                    return broken
        return broken

    def _numbers(self, index: Index, scalar: Scalar, terms: int, selected: bool) -> list[Span]:
        exact = self.step.phase == "update" and self.step.role.kind == "update"
        show = precise if exact else self.look.number
        colours = dict.fromkeys(self.step.reads if selected else (), "read")
        writer = Arithmetic(self.look.glyphs, show, colours, terms)
        value = self.frame.tensors[self.step.name]
        result = float(value[index] if index else value)
        head = f"[{','.join(map(str, index))}] = " if index else "= "
        body = writer.write(scalar)
        values = replace(writer, calls=False).write(scalar)
        spans = [(head.rjust(len(self.step.name) + 3), "write" if selected else "quiet"), *body]
        if values != body and len("".join(text for text, _ in body)) > 16 and len(values) > 1:
            longer = [*spans, (" = ", "text"), *values]
            if sum(len(text) for text, _ in longer) + 11 <= self.width:
                spans = longer
        if len(body) == 1 and body[0][0] == show(result):
            spans = spans[:1]
        else:
            spans.append((" = ", "text"))
        spans.append((show(result), "selected" if selected else "quiet"))
        if selected:
            return spans
        return [(text, "quiet") for text, _ in spans]

    def others(self) -> list[list[Span]]:
        """The arithmetic of the cells beside the selected one, while there is room."""
        value = self.frame.tensors[self.step.name]
        found: list[list[Span]] = []
        for index in _neighbours(np.shape(value), self.index):
            scalar = reading(self.step, index, self.frame.before)
            for terms in (12, 6, 4, 2):
                spans = self._numbers(index, scalar, terms, False)
                if sum(len(text) for text, _ in spans) <= self.width:
                    found.append(spans)
                    break
        return found


def _neighbours(shape: tuple[int, ...], index: Index) -> list[Index]:
    """A few cells near the selected one: of its row, or its column where a row is one cell."""
    if not shape:
        return []
    axis = len(shape) - 1 if shape[-1] > 1 else 0
    start = max(min(index[axis] - 1, shape[axis] - 6), 0)
    cells = [(*index[:axis], at, *index[axis + 1 :]) for at in range(start, min(start + 7, shape[axis]))]
    return [cell for cell in cells if cell != index]


def _shortened(found: Chain) -> Chain:
    """The chain with its beginning as the one gradient that holds it already."""
    if not found.prefix:
        return replace(found, factors=found.factors[-4:])
    last = found.factors[found.prefix - 1]
    written = Derivative(found.goal.of, last.written.by)
    held = replace(last, written=written, name=found.prefix_name, step=found.prefix_step)
    return replace(found, factors=(held, *found.factors[found.prefix :]))


def _three(box: Box) -> list[list[Span]]:
    """A box on three lines, its base line on the second."""
    lines = [list(line) for line in box.lines]
    return [[]] * (1 - box.base) + lines + [[]] * (3 - (1 - box.base) - len(lines))


def _coloured(step: Step) -> list[Span]:
    """The text of an equation, cut at the names of its tensors."""
    spans: list[Span] = [(step.name, "write"), (" = ", "text")]
    names = [node for node in ast.walk(step.tree) if isinstance(node, ast.Name) and node.id in step.reads]
    names.sort(key=lambda node: node.col_offset)
    at = 0
    # The tree counts bytes, and an equation may have other letters only where the grammar refuses it.
    for node in names:
        spans += [(step.source[at : node.col_offset], "text"), (node.id, "read")]
        at = node.end_col_offset or at
    return [*spans, (step.source[at:], "text")]


def _broken(spans: list[Span], width: int, indent: int = 4) -> list[list[Span]]:
    """Spans over several lines, broken at blanks where possible."""
    lines: list[list[Span]] = [[]]
    left = width
    for text, role in _pieces(spans):
        if len(text.rstrip()) > left and left < width - indent:
            lines.append([(" " * indent, "text")])
            left = width - indent
            text = text.lstrip()
        lines[-1].append((text, role))
        left -= len(text)
    return lines


def _pieces(spans: list[Span]) -> list[Span]:
    """Spans cut behind each blank; what is glued together without a blank stays on one line."""
    found: list[Span] = []
    for text, role in spans:
        start = 0
        for at, character in enumerate(text):
            if character == " ":
                found.append((text[start : at + 1], role))
                start = at + 1
        if start < len(text):
            found.append((text[start:], role))
    return found
