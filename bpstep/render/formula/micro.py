"""The formula pane inside an equation: its text, the operation just done, the worksheet, a sentence."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from rich.cells import cell_len

from bpstep.engine.micro.plan import number_operands
from bpstep.engine.micro.state import PartialStep
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine, extra_digits, is_final_parameter_value
from bpstep.explain.numbers import format_brief, format_precise, format_short
from bpstep.explain.prose.micro import operation_sentence
from bpstep.explain.symbols import Span
from bpstep.render.canvas import truncate_spans, wrap, wrap_spans
from bpstep.render.formula.worksheet import Worksheet
from bpstep.render.formula.worksheet_grid import WorksheetGrid
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame

_TALL_PANE = 10
"""With at least this many lines, an activation's definition may take two."""


def micro_lines(frame: Frame, inside: PartialStep, theme: Theme, width: int, height: int) -> list[list[Span]]:
    """The pane's lines, without a limit."""
    prose: list[list[Span]] = [
        [(line, "text")] for line in wrap(theme.to_displayable(operation_sentence(frame, inside)), width - 1)
    ]
    code = _code_lines(inside, theme, width, 2 if height > _TALL_PANE else 1)
    extra = extra_digits(inside)
    format_number: Callable[[float], str] = (
        theme.number if theme.format_index else partial(format_brief, extra=extra)
    )
    format_default: Callable[[float], str] = (
        theme.number if theme.format_index else partial(format_short, extra=extra)
    )
    format_result: Callable[[float], str] = (
        format_precise if is_final_parameter_value(inside) else format_default
    )
    roles = dict.fromkeys(inside.step.reads, "read")
    line = wrap_spans(
        OperationLine(inside, Arithmetic(theme.glyphs, format_number, roles), format_result).spans(), width
    )
    above = [*code, *line[:2]]
    room = height - len(above) - len(prose)
    worksheet = Worksheet(WorksheetGrid(frame, inside, theme, width))
    spare = room - worksheet.total - 1
    lines = [*above, *([[]] if spare > 0 else []), *worksheet.lines(room - (spare > 0))]
    lines += [[]] * (height - len(prose) - len(lines) - max(spare - 2, 0))
    return [*lines, *prose]


def _code_lines(inside: PartialStep, theme: Theme, width: int, max_lines: int) -> list[list[Span]]:
    """The line that ran, on at most two lines; with an activation written out, on `max_lines`."""
    code = wrap_spans(source_spans(inside, theme), width)
    if len(code) <= (2 if inside.values.plan.text == inside.step.source else max_lines):
        return code
    spans = source_spans(inside, theme, whole=False)
    length = sum(cell_len(text) for text, _ in spans)
    return [spans if length <= width else truncate_spans(spans, width, theme.glyphs.ellipsis)]


def source_spans(inside: PartialStep, theme: Theme, whole: bool = True) -> list[Span]:
    """The line that ran, with an activation written out and the current part highlighted; or that
    part alone.
    """
    plan, step = inside.values.plan, inside.step
    spans: list[Span] = [(step.name, "write"), (" = ", "text")]
    if plan.text != step.source:
        spans += [(step.source, "quiet"), (" = " if whole else ": ", "text")]
    elif not whole:
        spans.append((f"{theme.glyphs.ellipsis} ", "quiet"))
    roles = ["quiet"] * len(plan.text)
    node = inside.operation.stage.node
    _set_role(roles, node, "write")
    for operand in number_operands(node):
        _set_role(roles, operand, "read")
    start, end = 0, len(roles)
    if not whole:
        start, end = node.col_offset, node.end_col_offset or end
    for at in range(start + 1, end + 1):
        if at == end or roles[at] != roles[start]:
            spans.append((plan.text[start:at], roles[start]))
            start = at
    return spans


def _set_role(roles: list[str], node: ast.expr, role: str) -> None:
    first, last = node.col_offset, node.end_col_offset or node.col_offset
    roles[first:last] = [role] * (last - first)
