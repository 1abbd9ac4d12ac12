"""Lines of coloured text: cut, broken and laid on three lines."""

from __future__ import annotations

import ast
import re

from bpstep.formula.box import Box, Span
from bpstep.program import Step


def three(box: Box) -> list[list[Span]]:
    """A box on three lines, its base line on the second."""
    lines = [list(line) for line in box.lines]
    return [[]] * (1 - box.base) + lines + [[]] * (3 - (1 - box.base) - len(lines))


def coloured(step: Step) -> list[Span]:
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


def cut(spans: list[Span], width: int, dots: str) -> list[Span]:
    """The beginning of spans that are wider than a line."""
    found: list[Span] = []
    left = width - len(dots)
    for text, role in spans:
        found.append((text[: max(left, 0)], role))
        left -= len(text)
    return [*found, (dots, "quiet")]


def broken(spans: list[Span], width: int, indent: int = 4) -> list[list[Span]]:
    """Spans over several lines, broken at blanks."""
    lines: list[list[Span]] = [[]]
    left = width
    for word in _words(spans):
        length = sum(len(text) for text, _ in word)
        if length - word[-1][0].endswith(" ") > left and left < width - indent:
            lines.append([(" " * indent, "text")])
            left = width - indent
        lines[-1] += word
        left -= length
    return lines


def _words(spans: list[Span]) -> list[list[Span]]:
    """Spans cut behind each blank; what is glued together without one stays together."""
    words: list[list[Span]] = [[]]
    for text, role in spans:
        for piece in re.findall(r"[^ ]* |[^ ]+", text):
            words[-1].append((piece, role))
            if piece.endswith(" "):
                words.append([])
    return [word for word in words if word]
