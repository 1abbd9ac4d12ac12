"""The chain rule as fractions side by side, with the step that gives each below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from bpstep.explain.chain_rule import DONE, NOW, PENDING, REUSED, Chain, ChainFactor
from bpstep.explain.chain_sum import ChainProduct, ChainSum
from bpstep.explain.notation import Derivative
from bpstep.explain.symbols import Box, Span, fraction_box, join_boxes, text_box
from bpstep.render import messages
from bpstep.render.canvas import fill_runs, spans_width
from bpstep.render.theme import Theme
from bpstep.text import cell_width, fill, fill_plural, padded

_INDENT = 6
"""The indent of a further line, including its sign."""

_GAP = 4
"""The blanks before a chain that stands beside something else."""

_STATE_ROLES = {DONE: "known", REUSED: "known", NOW: "write", PENDING: "coming"}


def draw_chain(found: Chain, theme: Theme, width: int) -> Box:
    """The chain on four lines; if it is too wide, labels are shortened, then its first factors are joined."""
    wide = _ChainLine(theme, narrow=False).draw(found)
    if wide.width <= width:
        return wide
    narrow = _ChainLine(theme, narrow=True)
    drawn = narrow.draw(found)
    return drawn if drawn.width <= width else narrow.draw(_shorten_chain(found))


class ChainLines(NamedTuple):
    """A chain on one line or several; empty if it has no room."""

    lines: list[list[Span]]
    is_whole: bool
    """False if more is left out than the first words or what the products are equal to."""


def chain_lines(found: ChainSum, theme: Theme, width: int, most: int) -> ChainLines:
    """A chain on at most this many lines, each factor with the number of the step that computes it.

    If it is too wide for one line, the labels are shortened, then it begins with the gradient that holds its
    first factors, then with that of an intermediate result; then its first words or what it is equal to are
    left out; then it takes more lines. If that is not enough, products of a sum are left out, then all that
    is not a product, and finally the step numbers.
    """
    shortest = tuple(map(_from_inner, found.short))
    templates = _templates(found)
    for allowed in (templates[:2], templates[2:]):
        for count in range(1, most + 1):
            for form in _whole_forms(found, shortest, allowed):
                lines = _break_sum(found, form, theme, width)
                if lines and len(lines) <= count:
                    return ChainLines(lines, True)
    for tried in (templates, (messages.CHAIN_PRODUCTS_SHORT,)):
        for left_out in range(tried is templates, len(shortest)):
            ways = _some_ways(shortest, len(shortest) - left_out)
            for template in tried:
                form = _SumForm(ways, messages.CHAIN_AT, template, left_out)
                lines = _break_sum(found, form, theme, width)
                if lines and len(lines) <= most:
                    return ChainLines(lines, False)
    bare = _break_sum(found, _SumForm(shortest, "", messages.CHAIN_LINE), theme, width)
    return ChainLines(bare if len(bare) <= most else [], False)


def _templates(found: ChainSum) -> tuple[str, ...]:
    """The templates of a line, the most complete first.

    If the step computes the goal of the chain, the goal is on the line above, so that it can be left out
    here; otherwise the words "chain rule" are left out first.
    """
    shorter = messages.CHAIN_PRODUCTS, messages.CHAIN_LINE_SHORT
    return (messages.CHAIN_LINE, *(shorter if found.goal_is_now else shorter[::-1]))


def put_chain_beside(
    found: ChainSum, theme: Theme, code: list[Span], others: list[list[Span]], width: int
) -> bool:
    """Puts a chain that has no line of its own into the free cells to the right of the code or another line.

    It takes the first line where it is whole, else the code's if a part of it fits there: beside symbols,
    bare products would look like more of these. False if there is no room.
    """
    chains = [
        (line, chain_lines(found, theme, max(width - spans_width(line) - _GAP, 0), 1))
        for line in (code, *others)
    ]
    fitting = [
        *(each for each in chains if each[1].is_whole),
        *(each for each in chains[:1] if each[1].lines),
    ]
    for line, chain in fitting[:1]:
        line += [(" " * _GAP, "text"), *chain.lines[0]]
    return bool(fitting)


@dataclass(frozen=True)
class _SumForm:
    """How a sum of products is written."""

    ways: tuple[ChainProduct, ...]
    label: str
    """The template of the number of the step that computes a factor; empty for none."""
    template: str
    """That of the line."""
    left_out: int = 0
    """How many products are left out."""


def _whole_forms(
    found: ChainSum, shortest: tuple[ChainProduct, ...], templates: tuple[str, ...]
) -> Iterator[_SumForm]:
    """The forms in which nothing is left out, the widest first."""
    for template in templates:
        if template == messages.CHAIN_LINE:
            yield _SumForm(found.ways, messages.CHAIN_AT_STEP, template)
            yield _SumForm(found.ways, messages.CHAIN_AT, template)
            yield _SumForm(found.short, messages.CHAIN_AT_STEP, template)
        yield _SumForm(found.short, messages.CHAIN_AT, template)
        yield _SumForm(shortest, messages.CHAIN_AT, template)


def _from_inner(way: ChainProduct) -> ChainProduct:
    """The product from the gradient of the intermediate result onwards."""
    if len(way) < 3:
        return way
    first, inner, *rest = way
    return (replace(inner, derivative=Derivative(first.derivative.of, inner.derivative.by)), *rest)


def _some_ways(ways: tuple[ChainProduct, ...], count: int) -> tuple[ChainProduct, ...]:
    """Some of the products, including the one that is being computed."""
    is_now = [any(factor.state == NOW for factor in way) for way in ways]
    chosen = sorted(range(len(ways)), key=lambda k: (not is_now[k], k))[:count]
    return tuple(ways[k] for k in sorted(chosen))


def _break_sum(found: ChainSum, form: _SumForm, theme: Theme, width: int) -> list[list[Span]]:
    """The sum on as many lines as it needs, broken within a product only if that is too wide for a line.

    Empty if a line is too wide even so.
    """
    glyphs = theme.glyphs
    head = fill_runs(form.template, "quiet", goal=[(glyphs.inline(found.goal), "quiet")], chain=[])
    pieces: list[tuple[str, list[Span]]] = []
    for way in form.ways:
        whole = _product_spans(way, theme, form.label)
        if (_INDENT if pieces else spans_width(head)) + spans_width(whole) <= width:
            pieces.append(("+", whole))
            continue
        signs = ["+", *[glyphs.symbol_times] * (len(way) - 1)]
        pieces += [(sign, _product_spans((factor,), theme, form.label)) for sign, factor in zip(signs, way)]
    if form.left_out:
        one, many = messages.CHAIN_MORE_WAY, messages.CHAIN_MORE_WAYS
        pieces.append(("+", [(fill_plural(form.left_out, one, many, ellipsis=glyphs.ellipsis), "quiet")]))
    lines: list[list[Span]] = [[*head, *pieces[0][1]]]
    for sign, piece in pieces[1:]:
        joined: list[Span] = [*lines[-1], (f" {sign} ", "quiet"), *piece]
        if spans_width(joined) <= width:
            lines[-1] = joined
        else:
            lines.append([(f"{sign} ".rjust(_INDENT), "quiet"), *piece])
    return lines if all(spans_width(line) <= width for line in lines) else []


def _product_spans(way: ChainProduct, theme: Theme, label: str) -> list[Span]:
    glyphs = theme.glyphs
    spans: list[Span] = []
    for at, factor in enumerate(way):
        spans += [(f" {glyphs.symbol_times} ", "quiet")] * (at > 0)
        spans.append((glyphs.inline(factor.derivative), _STATE_ROLES[factor.state]))
        if label and factor.state == NOW:
            spans.append((fill(messages.CHAIN_AT_NOW), "write"))
        elif label:
            spans.append((fill(label, step=factor.step), "quiet"))
    return spans


@dataclass(frozen=True)
class _ChainLine:
    theme: Theme
    narrow: bool

    def draw(self, found: Chain) -> Box:
        """The fractions in columns, each with its step below.

        A column is as wide as at any step, so that the chain does not move while one steps through it.
        """
        goal = "write" if found.goal_is_now else "text"
        times = self._times()
        columns = [self._draw_column(found.goal, goal, "", 0), text_box(" = ")]
        merged_count = found.prefix if found.goal_is_now else 0
        if merged_count:
            columns += [self._merged_factors(found, times), times]
        for factor in found.factors[merged_count:]:
            columns += [self._draw_factor(factor), times]
        return join_boxes(columns[:-1])

    def _draw_factor(self, factor: ChainFactor) -> Box:
        return self._draw_column(
            factor.derivative, _STATE_ROLES[factor.state], self._label(factor), self._label_width(factor)
        )

    def _merged_factors(self, found: Chain, times: Box) -> Box:
        """The factors that one tensor holds as a product, above a brace with its name."""
        columns: list[Box] = []
        for factor in found.factors[: found.prefix]:
            drawn = self._draw_column(
                factor.derivative, _STATE_ROLES[factor.state], "", self._label_width(factor)
            )
            columns += [drawn, times]
        drawn = join_boxes(columns[:-1])
        left, line, right = self.theme.pick("╰", "\\"), self.theme.glyphs.bar, self.theme.pick("╯", "/")
        slots = {"name": found.prefix_name, "step": found.prefix_step}
        for template in (messages.CHAIN_PREFIX, messages.CHAIN_STEP, ""):
            text = f" {fill(template, **slots)} " if template else ""
            if len(text) + 2 <= drawn.width:
                break
        brace = left + text.center(drawn.width - 2, line) + right
        return Box((*drawn.lines[:3], ((brace, "known"),)), drawn.baseline)

    def _draw_column(self, derivative: Derivative, role: str, label: str, min_width: int) -> Box:
        glyphs = self.theme.glyphs
        top = text_box(glyphs.partial + glyphs.symbol(derivative.of), role)
        bottom = text_box(glyphs.partial + glyphs.symbol(derivative.by), role)
        drawn = fraction_box(top, bottom, role, glyphs.bar)
        framed = drawn.width if self.narrow or not min_width else drawn.width + 2
        width = max(framed, cell_width(label), min_width)
        pad = width - drawn.width
        left = pad // 2
        lines = [(((" " * left), "text"), *line, (" " * (pad - left), "text")) for line in drawn.lines]
        label_role = "write" if role == "write" else "coming" if role == "coming" else "quiet"
        lines.append(((padded(" " * ((width - cell_width(label)) // 2) + label, width), label_role),))
        return Box(tuple(lines), 1)

    def _times(self) -> Box:
        """The sign between two columns; wide columns have enough space around their fractions."""
        sign = self.theme.glyphs.symbol_times
        return text_box(f" {sign} " if self.narrow else sign)

    def _label_width(self, factor: ChainFactor) -> int:
        """The width of the factor's widest label at any step."""
        return len(self._label(replace(factor, state=PENDING)))

    def _label(self, factor: ChainFactor) -> str:
        if factor.state == NOW:
            return fill(messages.CHAIN_NOW)
        marks = self.theme.pick("↺", "~") if factor.state == REUSED else ""
        marks += self.theme.pick("≠", "!") if factor.is_replaced else ""
        text = marks + (str(factor.step) if self.narrow else fill(messages.CHAIN_STEP, step=factor.step))
        return f"({text})" if factor.state == PENDING else text


def _shorten_chain(found: Chain) -> Chain:
    """The chain with its first factors replaced by the gradient that holds them."""
    if not found.prefix:
        return replace(found, factors=found.factors[-4:])
    last = found.factors[found.prefix - 1]
    written = Derivative(found.goal.of, last.derivative.by)
    merged_factor = replace(last, derivative=written, name=found.prefix_name, step=found.prefix_step)
    return replace(found, factors=(merged_factor, *found.factors[found.prefix :]))
