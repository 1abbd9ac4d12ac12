"""The formula pane: symbols, the line that ran, the numbers and the sentence, each in its place."""

from __future__ import annotations

from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.explain.prose.step_sentence import sentence
from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.program.diagram import Edge, LayoutKind, Node, NodeOrEdge
from bpstep.program.program import Phase, Step
from bpstep.render import messages
from bpstep.render.canvas import (
    Canvas,
    equation_spans,
    on_three_lines,
    spans_width,
    truncate_spans,
    wrap,
    wrap_addends,
    wrap_spans,
)
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, clamp_index, pointed_equation, selection
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.explain import chain_rule as chains
    from bpstep.explain import chain_sum as chain_sums
    from bpstep.explain import symbols as symbol_boxes
    from bpstep.explain.chain_rule import Chain
    from bpstep.explain.chain_sum import ChainSum
    from bpstep.explain.prose import article
    from bpstep.explain.symbols import Box, Span
    from bpstep.render.formula import chain as chain_lines
    from bpstep.render.formula import indices, micro
    from bpstep.render.formula import numbers as number_lines
    from bpstep.render.formula.indices import IndexLines
else:
    chains = deferred("bpstep.explain.chain_rule")
    chain_sums = deferred("bpstep.explain.chain_sum")
    chain_lines = deferred("bpstep.render.formula.chain")
    micro = deferred("bpstep.render.formula.micro")
    number_lines = deferred("bpstep.render.formula.numbers")
    symbol_boxes = deferred("bpstep.explain.symbols")
    indices = deferred("bpstep.render.formula.indices")
    article = deferred("bpstep.explain.prose.article")

_MARGIN = 1

EQUATION_TARGET = ("equation",)
"""What a click on the equation's line means."""

_INDICES_HEIGHT = 11
"""A smaller pane has no lines for the index form: it stands beside the symbols or the code."""

_CHAIN_HEIGHT = 4
"""The lines of a chain rule that is written as fractions."""

_MAX_CHAIN_LINES = 6
"""The most lines of a chain that stands at the end; a longer one is cut."""

_SENTENCE_LINE = 9
"""The line of the sentence if there is room above it, at every step."""


def result_index(frame: Frame, view: View) -> Index:
    """The cell of the step's result whose arithmetic is shown: the selected one, or the corresponding one."""
    assert frame.current_step is not None
    return index_in(frame, view, frame.current_step.name)


def index_in(frame: Frame, view: View, name: str) -> Index:
    """The selected cell of the tensor `name`, or the corresponding one."""
    chosen = selection(frame, view)
    layout, shape = frame.program.picture_layouts[name], frame.shape(name)
    highlighted = chosen.highlight.index(name)
    if highlighted is not None:
        return highlighted
    if chosen.name == name:
        return clamp_index(chosen.index, shape)
    for place in _related(chosen.place):
        index = layout.index_of(place, len(shape), chosen.sample)
        if index is not None:
            return clamp_index(index, shape)
    layouts = frame.program.layouts
    without_units = layouts[name].kind == layouts[chosen.name].kind == LayoutKind.NONE
    own = frame.shape(chosen.name)
    if without_units and _is_alike(own, shape):
        return clamp_index(chosen.index, shape)
    if without_units and len(own) == len(shape) > 1:
        # Leading axes of one size are the same rows, as in a product of a stack and a matrix.
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(own, shape[:-1])))
        between = (0,) * (len(shape) - same - 1)
        return clamp_index((*chosen.index[:same], *between, chosen.index[-1]), shape)
    # The row of the selected cell, a sample or an input, is not a row of this tensor.
    if layout.kind != LayoutKind.NODE:
        return clamp_index(chosen.index[-1:], shape)
    if layout.samples_last:
        return clamp_index((*chosen.index[:1], chosen.sample), shape)
    return clamp_index((chosen.sample, *chosen.index[-1:]), shape)


def _is_alike(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """True for shapes of several axes that are equal except for axes of length 1."""
    pairs = zip(one, other)
    return len(one) == len(other) > 1 and all(a == b or 1 in (a, b) for a, b in pairs)


def _related(place: NodeOrEdge | None) -> list[NodeOrEdge]:
    """A place, and for an edge also the units that it connects, its target first."""
    if not isinstance(place, Edge):
        return [] if place is None else [place]
    return [place, Node(place.layer, place.target), Node(place.layer - 1, place.source)]


def draw_formula(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    canvas = Canvas(width, height)
    if frame.inside:
        for y, spans in enumerate(
            micro.micro_lines(frame, frame.inside, theme, width - _MARGIN, height)[:height]
        ):
            is_pointed = y == 0 and pointed_equation(view) == frame.inside.step.name
            canvas.put_runs(_MARGIN, y, _draw_pointer(canvas, y, spans, theme) if is_pointed else spans)
        canvas.add_hit(_MARGIN, 0, width - _MARGIN, ("equation",))
        return canvas
    if frame.step is None:
        _draw_start(canvas, frame, width)
        return canvas
    pane = _FormulaPane(frame, frame.step, result_index(frame, view), theme, width - _MARGIN, height)
    lines = pane.lines()
    top = min(view.scroll, max(len(lines) - height, 0))
    for y, spans in enumerate(lines[top : top + height]):
        is_code = any(spans is line for line in pane.code)
        if is_code and pointed_equation(view) == frame.step.name:
            spans = _draw_pointer(canvas, y, spans, theme)
        canvas.put_runs(_MARGIN, y, spans)
        if is_code:
            canvas.add_hit(_MARGIN, y, width - _MARGIN, EQUATION_TARGET)
    if top + height < len(lines):
        canvas.put(width - 1, height - 1, theme.pick("▾", "v"), "quiet")
    return canvas


def _draw_pointer(canvas: Canvas, y: int, spans: list[Span], theme: Theme) -> list[Span]:
    """A line that the teacher points at, with a mark before it."""
    canvas.put(0, y, theme.pick("▸", ">"), "pointed")
    return [(text, "pointed") for text, _ in spans]


def used_lines(frame: Frame, view: View, theme: Theme, width: int, height: int) -> int:
    """The non-empty lines of a pane of this size."""
    characters = draw_formula(frame, view, theme, width, height).characters
    return sum(any(character.strip() for character in row) for row in characters)


def max_scroll(frame: Frame, view: View, theme: Theme, width: int, height: int) -> int:
    """How many lines of the formula do not fit into a pane of this size."""
    if frame.step is None or frame.inside:
        return 0
    pane = _FormulaPane(frame, frame.step, result_index(frame, view), theme, width - _MARGIN, height)
    return max(len(pane.lines()) - height, 0)


def _draw_start(canvas: Canvas, frame: Frame, width: int) -> None:
    lines = wrap(sentence(frame, ()), width - 2 * _MARGIN)
    for y, line in enumerate(lines, 1):
        canvas.put(_MARGIN, y, line, "text")
    # An edited first equation has a line of its own below.
    canvas.add_hit(_MARGIN, min(len(lines) + 2, canvas.height - 1), width - _MARGIN, EQUATION_TARGET)


@frozen
class _FormulaPane:
    frame: Frame
    step: Step
    index: Index
    theme: Theme
    width: int
    height: int

    def lines(self) -> list[list[Span]]:
        """Symbols, the line that ran, the numbers and the sentence, each in its place."""
        sentence_lines = wrap(sentence(self.frame, self.index), self.width - 1)
        prose: list[list[Span]] = [[(line, "text")] for line in sentence_lines]
        arithmetic = number_lines.ArithmeticLines(self.frame, self.step, self.index, self.theme, self.width)
        code = self.code
        name = self.step.name
        has_old_value = self.frame.not_run.get(name) is False
        if name not in self.frame.tensors or self.step.is_given or has_old_value:
            return [*code, [], *prose]
        numbers = arithmetic.selected()
        note: list[list[Span]] = [
            [(line, "quiet")] for line in wrap(self._displayable_note(short=False), self.width - 1)
        ]
        symbols, others = self.symbols(), len(code) + len(numbers) + len(prose)
        if note and self.chain and len(symbols) + others <= self.height < len(symbols) + others + len(note):
            symbols = self.symbols(self._displayable_note(short=True))
        else:
            prose += note
            others += len(note)
        by_indices = self._by_indices()
        if len(symbols) + others + len(by_indices.equation) <= self.height:
            code, others = [*code, *by_indices.equation], others + len(by_indices.equation)
            reason = [] if note else by_indices.reason(self.height - len(symbols) - others)
            prose, is_reasoned = prose + reason, bool(note or reason or not by_indices.reasons)
        else:
            is_reasoned = True
        if len(symbols) + others > self.height:
            symbols = self.inline(most=1 if self.height - others < 2 else 2)
        others = len(code) + len(numbers) + len(prose)
        symbols, chain = self._with_chain(symbols, self.height - others)
        if len(numbers) == 1 and len(symbols) + len(chain) + others < self.height:
            numbers = arithmetic.whole(2) or numbers
            others = len(code) + len(numbers) + len(prose)
        if self.height < _INDICES_HEIGHT and self.step.phase != Phase.UPDATE:
            symbols, beside = self._put_beside(symbols, code)
            is_reasoned = beside.is_reasoned
            if not beside.is_placed and self.step.name != self.frame.program.loss:
                symbols, code, chain = self._with_indices(symbols, code, chain, self.height - others)
            if not is_reasoned:
                fixed = len(chain) + len(code) + len(prose)
                shortest = arithmetic.selected(1)
                symbols, numbers, is_reasoned = self._reasoned(
                    symbols, numbers, shortest, self.height - fixed
                )
        below = [] if chain else self._chain_elsewhere(code[-1], symbols[::-1])
        symbols = [*symbols, *chain]
        if not is_reasoned:
            left = self.height - len(symbols) - len(code) - len(numbers) - len(prose)
            prose = self._with_reasons(prose, by_indices, left)
        while len(symbols) < 4 and len(symbols) + len(code) + len(numbers) + len(prose) < self.height:
            symbols.append([])
        spare = self.height - len(symbols) - len(code) - len(numbers) - len(prose) - 1
        neighbours = arithmetic.neighbours(spare)
        numbers = arithmetic.extended(numbers, spare - len(neighbours))
        lines = [*symbols, *code, *numbers, *neighbours]
        start = min(self.height - len(prose), max(_SENTENCE_LINE, len(lines) + 1))
        lines += [[]] * (start - len(lines))
        return [*lines, *prose, *below]

    def _with_reasons(self, prose: list[list[Span]], by_indices: IndexLines, left: int) -> list[list[Span]]:
        """The sentence with the reasons of the index form on the lines left, or where to find them."""
        elsewhere = fill(messages.REASONS_UNDER_WHY)
        more = fill(messages.REASON_UNDER_WHY, ellipsis=self.theme.glyphs.ellipsis)
        if reasons := by_indices.reason(left, more, elsewhere):
            return [*prose, *reasons]
        # The sentences of layers say why weights are transposed.
        pointers = (elsewhere, more) if self.chain is None else (elsewhere,)
        for text in pointers if prose else ():
            if spans_width(prose[-1]) + len(text) + 1 < self.width:
                return [*prose[:-1], [*prose[-1], (f" {text}", "quiet")]]
        return prose

    def _put_beside(
        self, symbols: list[list[Span]], code: list[list[Span]]
    ) -> tuple[list[list[Span]], indices.Beside]:
        """The symbols, or the code, with the index form beside them.

        What is reused makes room for the reason for a transpose: the step that reuses it says so, too.
        """
        of = self.frame, self.step, self.theme
        before = code[-1]
        beside = indices.put_beside(*of, symbols, code, self.width - 1)
        if beside.is_reasoned or self.chain is None or len(symbols) < _CHAIN_HEIGHT:
            return symbols, beside
        after, code[-1] = code[-1], before
        alone = [list(line) for line in chain_lines.draw_chain(self.chain, self.theme, self.width).lines]
        found = indices.put_beside(*of, alone, code, self.width - 1)
        if found.is_reasoned:
            return alone, found
        code[-1] = after
        return symbols, beside

    def _reasoned(
        self,
        symbols: list[list[Span]],
        numbers: list[list[Span]],
        shortest: list[list[Span]],
        most: int,
    ) -> tuple[list[list[Span]], list[list[Span]], bool]:
        """The symbols with the reasons of the index form below them, and the numbers, on this many lines;
        False at the end if there is no room for a reason.

        The reasons take the empty lines. If there are none, that for a transpose takes the place of symbols
        that repeat the code, or of numbers that can be read in the tables: `shortest` are those on one line.
        """
        of = self.frame, self.step, self.theme
        reasons = indices.reason_lines(*of, self.width - 1)
        taken = [line for line in symbols if line]
        equation = indices.index_form_lines(*of, self.width - 1, 2) if self.chain is None else []
        ways = [(taken, numbers)]
        if reasons.briefs:
            ways += [([*self.inline(most=1), *equation], numbers), (equation, numbers)] if equation else []
            ways += [(taken, shortest), (equation or taken, shortest)]
        more = fill(messages.REASON_UNDER_WHY, ellipsis=self.theme.glyphs.ellipsis)
        for above, below in ways:
            if lines := reasons.reason(most - len(above) - len(below), more):
                return [*[[]] * (len(symbols) - len(above) - len(lines)), *above, *lines], below, True
        return symbols, numbers, False

    @cached_property
    def code(self) -> list[list[Span]]:
        """The line that ran, on as many lines as it needs; for a script, the author's own above it."""
        equation = [] if self.step.is_given else wrap_spans(equation_spans(self.step), self.width)
        return [*self._origin(), *equation]

    def _origin(self) -> list[list[Span]]:
        origin = self.step.origin
        if origin is None:
            return []
        spans: list[Span] = [(f"{origin.place}  ", "quiet"), (origin.written, "text")]
        taken = len(spans[0][0]) + len(spans[1][0])
        if origin.calls:
            call = origin.calls[-1]
            called = f"   {fill(messages.CALLED_AT, name=call.name, place=call.place)}"
            if taken + len(called) > self.width:
                called = f"   {fill(messages.CALLED_AT_SHORT, name=call.name)}"
            if taken + len(called) <= self.width:
                return [[*spans, (called, "quiet")]]
        return [
            truncate_spans(spans, self.width, self.theme.glyphs.ellipsis) if taken > self.width else spans
        ]

    def _by_indices(self) -> IndexLines:
        """The index form with the shapes that are combined, and the reason for a transpose."""
        if self.height < _INDICES_HEIGHT:
            return indices.IndexLines([])
        return indices.index_lines(self.frame, self.step, self.theme, self.width - 1)

    def _displayable_note(self, short: bool) -> str:
        return self.theme.to_displayable(article.article_note(self.frame, short))

    @cached_property
    def chain(self) -> Chain | None:
        """The chain rule at the step, unless this is an unsolved puzzle or the chain has fewer than two
        factors.
        """
        if self.frame.is_unsolved_puzzle:
            return None
        found = chains.chain_rule(self.frame.program, self.frame.done - 1, self.frame.replaced)
        return found if found is not None and len(found.factors) > 1 else None

    def _with_chain(self, symbols: list[list[Span]], most: int) -> tuple[list[list[Span]], list[list[Span]]]:
        """The equation with the chain rule below it, on at most this many lines; no chain if it does not fit.

        The equation takes its shortest form if the chain would otherwise have no room or be cut.
        """
        found = self._chain_sum
        if found is None or most < 2:
            return symbols, []
        chain = chain_lines.chain_lines(found, self.theme, self.width, most - len(symbols))
        if not chain.is_whole and (inline := self.inline(most=2)):
            below = chain_lines.chain_lines(found, self.theme, self.width, most - len(inline))
            if below.is_whole or (below.lines and not chain.lines):
                return inline, below.lines
        return symbols, chain.lines

    def _chain_elsewhere(self, code: list[Span], others: list[list[Span]]) -> list[list[Span]]:
        """Puts a chain that has no line beside another; if it has no room there, its lines for the end.

        The end may be below the pane's last line: one scrolls to it.
        """
        found = self._chain_sum
        if found is None or chain_lines.put_chain_beside(found, self.theme, code, others, self.width):
            return []
        return chain_lines.chain_lines(found, self.theme, self.width, _MAX_CHAIN_LINES).lines

    def _with_indices(
        self, symbols: list[list[Span]], code: list[list[Span]], chain: list[list[Span]], most: int
    ) -> tuple[list[list[Span]], list[list[Span]], list[list[Span]]]:
        """The lines of a pane that has none left for the index form, which stands beside or in place of some.

        If there is no room beside them, the symbols are written on one line. If they are already, and cells
        are added up, they are left out: the code below says the same. So is the chain rule if the index form
        fits only without it.
        """
        of = self.frame, self.step, self.theme
        wide = self.width - 1
        inline = self.inline(most=1) if len(symbols) > 2 and self.chain is None else []
        above = inline or symbols
        below = indices.index_form_lines(*of, wide, most - len(above) - len(chain))
        if below:
            above = [*above, *below]
            return [[]] * (len(symbols) - len(above)) + above, code, chain
        alone = [indices.index_form_lines(*of, wide, left, sums_only=True) for left in (most - len(chain), 1)]
        if chain:
            if len(symbols) > 2 or alone[0]:
                return symbols if len(symbols) > 2 else alone[0], code, chain
            whole = indices.index_form_lines(*of, wide, most, sums_only=True)
            if not whole or self._chain_sum is None:
                return symbols, code, chain
            left = most - len(whole)
            return whole, code, chain_lines.chain_lines(self._chain_sum, self.theme, self.width, left).lines
        for equation in filter(None, alone):
            if below_it := self._with_chain(equation, most)[1]:
                return equation, code, below_it
        return alone[0] if len(symbols) < 3 and alone[0] else symbols, code, []

    @cached_property
    def _chain_sum(self) -> ChainSum | None:
        """The chain rule on a line, for a network given by its forward pass."""
        if self.frame.is_unsolved_puzzle or self.chain is not None:
            return None
        return chain_sums.chain_sum(self.frame.program, self.frame.done - 1, self.frame.replaced)

    def symbols(self, note: str = "") -> list[list[Span]]:
        """The chain rule with the steps that compute its factors; else the equation.

        A `note` stands to the right of the chain if there is room.
        """
        equation = symbol_boxes.Symbols(
            self.frame.program, self.theme.glyphs, chains.step_roles(self.step)
        ).equation(self.step)
        if self.chain is None:
            return on_three_lines(equation)
        drawn = chain_lines.draw_chain(self.chain, self.theme, self.width)
        return self._add_beside_chain([list(line) for line in drawn.lines], drawn.width, equation, note)

    def _add_beside_chain(
        self, lines: list[list[Span]], taken: int, equation: Box, note_text: str
    ) -> list[list[Span]]:
        """To the right of the chain, whatever fits: a note, the factor's own equation, or what is reused."""
        left = self.width - taken - 4
        note_text = note_text or chains.reuse_note(self.frame.program, self.frame.done - 1)
        note = wrap(note_text, left) if left >= 16 else []
        if self.step.role.of != self.frame.program.loss and equation.width <= left:
            for y, spans in enumerate(on_three_lines(equation)):
                lines[y] += [("    ", "text"), *spans]
        elif 0 < len(note) <= 3:
            for y, text in enumerate(note):
                lines[y] += [("    ", "text"), (text, "quiet")]
        return lines

    def inline(self, most: int) -> list[list[Span]]:
        """The equation in symbols without stacked fractions, on at most this many lines."""
        symbols = symbol_boxes.Symbols(self.frame.program, self.theme.glyphs, chains.step_roles(self.step))
        left = symbols.name(self.step.name, stacked=False)
        drawn = symbol_boxes.join_boxes(
            [left, symbol_boxes.text_box(" = "), symbols.right_side(self.step, stacked=False)]
        )
        lines = wrap_addends(list(drawn.lines[0]), self.width)
        return lines if len(lines) <= most else []
