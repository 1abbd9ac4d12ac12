"""The chain rule as fractions side by side, under each the step that gives it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bpstep.formula.box import Box, fraction, row, word
from bpstep.formula.chain import COMING, DONE, NOW, REUSED, Chain, Factor
from bpstep.formula.notation import Derivative
from bpstep.views.look import Look

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
