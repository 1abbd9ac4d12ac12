"""A LaTeX document that compiles as it is: every equation in symbols, as NumPy, and its value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from bpstep.explain import latex as symbols
from bpstep.export import messages, steps, text
from bpstep.export.text import number_grid, slice_labels
from bpstep.session.session import Session
from bpstep.text import fill

_DECIMALS = 8

_ROWS = 12

_COLUMNS = 6

_SPECIAL = {character: f"\\{character}" for character in "#$%&_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def trace_latex(session: Session, iterations: int) -> Iterator[str]:
    """The document, line by line."""
    network = session.network
    yield from (
        r"\documentclass{article}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage[utf8]{inputenc}",
        r"\usepackage[margin=25mm]{geometry}",
        r"\usepackage{amsmath}",
        rf"\title{{{escape_latex(network.title or network.name)}}}",
        r"\author{}",
        r"\date{}",
        r"\begin{document}",
        r"\maketitle",
        fill(
            messages.NETWORK if network.script is None else messages.SCRIPT,
            name=escape_latex(network.name),
            sizes=network.size_text,
            count=session.period,
        ),
        rf"\section*{{{fill(messages.AT_START)}}}",
    )
    for name, value in steps.initial_tensors(session).items():
        yield _display(symbols.tensor_latex(name, session.program), value)
    for done in steps.walk_steps(session, iterations):
        yield from _step(done, session)
    yield r"\end{document}"


def escape_latex(words: str) -> str:
    """Text escaped for LaTeX; a character that its usual fonts lack becomes a question mark."""
    known = (character if character.isprintable() and character < "\u0180" else "?" for character in words)
    return "".join(_SPECIAL.get(character, character) for character in known)


def _display(name: str, value: Any) -> str:
    """A tensor and its numbers in brackets; one of more than two axes has brackets for each slice.

    In a large one, dots stand for the numbers left out.
    """
    rows = number_grid(value, _ROWS, _COLUMNS, _DECIMALS).rows
    labels = slice_labels(np.shape(value), _ROWS)
    if not labels:
        return rf"\[ {name} = {_brackets(rows)} \]"
    starts = [*labels, len(rows)]
    slices: list[str] = []
    for start, end in pairwise(starts):
        is_cut = rows[end - 1] is None and end - 1 - start < np.shape(value)[-2]
        shown = [row for row in rows[start:end] if is_cut or row is not None]
        slices.append(rf"{name}[{labels[start][1:-1]}] &= {_brackets(shown)}")
        if rows[end - 1] is None and not is_cut:
            slices.append(r"& \vdots")
    joined = r" \\ ".join(slices)
    return rf"\[ \begin{{aligned}} {joined} \end{{aligned}} \]"


def _brackets(rows: list[list[str | None] | None]) -> str:
    """Rows of numbers in brackets; a single number without."""
    if len(rows) == 1 and rows[0] is not None and len(rows[0]) == 1:
        return _cell(rows[0][0], "")
    wide = len(next(filter(None, rows)))
    lines = (
        " & ".join(r"\vdots" for _ in range(wide))
        if row is None
        else " & ".join(_cell(cell, r"\cdots") for cell in row)
        for row in rows
    )
    inside = r" \\ ".join(lines)
    return rf"\begin{{bmatrix}} {inside} \end{{bmatrix}}"


def _step(done: steps.CompletedStep, session: Session) -> Iterator[str]:
    if done.starts_iteration:
        yield rf"\section*{{{text.iteration_title(done)}}}"
    if done.starts_phase:
        yield rf"\subsection*{{{fill(done.step.phase).capitalize()}}}"
    yield rf"\noindent {done.n}."
    yield rf"\[ {symbols.equation_latex(done.step, session.program)} \]"
    yield r"\begin{verbatim}"
    yield from _wrap_line(done.step.equation)
    yield r"\end{verbatim}"
    yield _display(symbols.tensor_latex(done.step.name, session.program), done.value)


def _wrap_line(line: str) -> list[str]:
    """LaTeX breaks no line of a verbatim block: it is broken here, at spaces, at the width of the page."""
    return re.sub(r"(.{1,66})(?: |$)", r"\1\n", line).splitlines() if len(line) > 66 else [line]


def _cell(cell: str | None, dots: str) -> str:
    if cell is None:
        return dots
    if cell.lstrip("-") == "inf":
        return cell.replace("inf", r"\infty")
    if cell == "nan":
        return r"\mathrm{nan}"
    mantissa, _, exponent = cell.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa
