"""The formula pane inside an equation: its text, the operation just done, the worksheet, a sentence."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from bpstep.engine.micro.plan import operands
from bpstep.engine.micro.state import Inside
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine, more_digits, renews
from bpstep.explain.numbers import brief, precise, short
from bpstep.explain.prose.micro import told
from bpstep.explain.symbols import Span
from bpstep.render.canvas import broken, cut, wrap
from bpstep.render.formula.worksheet import Sheet
from bpstep.render.formula.worksheet_grid import Grid
from bpstep.render.theme import Look
from bpstep.session.frame import Frame

_TALL = 10
"""From so many lines on an activation's definition may take two."""


def inside_lines(frame: Frame, inside: Inside, look: Look, width: int, height: int) -> list[list[Span]]:
    """The pane's lines, as many as there are."""
    words: list[list[Span]] = [[(line, "text")] for line in wrap(look.plain(told(frame, inside)), width - 1)]
    code = _code(inside, look, width, 2 if height > _TALL else 1)
    more = more_digits(inside)
    show: Callable[[float], str] = look.number if look.format_at else partial(brief, more=more)
    usual: Callable[[float], str] = look.number if look.format_at else partial(short, more=more)
    result: Callable[[float], str] = precise if renews(inside) else usual
    roles = dict.fromkeys(inside.step.reads, "read")
    line = broken(OperationLine(inside, Arithmetic(look.glyphs, show, roles), result).spans(), width)
    above = [*code, *line[:2]]
    room = height - len(above) - len(words)
    sheet = Sheet(Grid(frame, inside, look, width))
    spare = room - sheet.total - 1
    lines = [*above, *([[]] if spare > 0 else []), *sheet.lines(room - (spare > 0))]
    lines += [[]] * (height - len(words) - len(lines) - max(spare - 2, 0))
    return [*lines, *words]


def _code(inside: Inside, look: Look, width: int, most: int) -> list[list[Span]]:
    """The line that ran, on two lines at most, those with an activation written out on `most`."""
    code = broken(source(inside, look), width)
    if len(code) <= (2 if inside.work.plan.text == inside.step.source else most):
        return code
    found = source(inside, look, whole=False)
    length = sum(len(text) for text, _ in found)
    return [found if length <= width else cut(found, width, look.glyphs.dots)]


def source(inside: Inside, look: Look, whole: bool = True) -> list[Span]:
    """The line that ran, an activation written out, with the part at work lit; or that part alone."""
    plan, step = inside.work.plan, inside.step
    spans: list[Span] = [(step.name, "write"), (" = ", "text")]
    if plan.text != step.source:
        spans += [(step.source, "quiet"), (" = " if whole else ": ", "text")]
    elif not whole:
        spans.append((f"{look.glyphs.dots} ", "quiet"))
    roles = ["quiet"] * len(plan.text)
    node = inside.operation.stage.node
    _paint(roles, node, "write")
    for operand in operands(node):
        _paint(roles, operand, "read")
    start, end = 0, len(roles)
    if not whole:
        start, end = node.col_offset, node.end_col_offset or end
    for at in range(start + 1, end + 1):
        if at == end or roles[at] != roles[start]:
            spans.append((plan.text[start:at], roles[start]))
            start = at
    return spans


def _paint(roles: list[str], node: ast.expr, role: str) -> None:
    first, last = node.col_offset, node.end_col_offset or node.col_offset
    roles[first:last] = [role] * (last - first)
