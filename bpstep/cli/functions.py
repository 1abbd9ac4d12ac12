"""`bpstep functions`: what an equation may call."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator

from bpstep.cli import messages
from bpstep.errors import BpstepError
from bpstep.lang.functions import NAMES, FunctionHelp, function_help
from bpstep.storage.atomic_write import write_lines
from bpstep.text import closest, fill, quoted

_GAP = "  "
_INDENT = "    "
_MAX_COLUMN = 44
"""A longer text starts on a line of its own, so that one long definition does not move the columns."""


def run(options: argparse.Namespace) -> int:
    """Print every function: its call, its value, and its derivative, if any; or all about one."""
    if options.function is not None:
        write_lines(_one_function(options.function))
        return 0
    width = shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None
    write_lines(function_lines(width))
    return 0


def _one_function(written: str) -> Iterator[str]:
    from bpstep.explain.notation import Glyphs
    from bpstep.export.function_entry import function_lines_of
    from bpstep.tui.terminal import needs_ascii

    name = re.sub(r"^(np|numpy)\.|\(.*", "", written)
    if name not in NAMES:
        raise BpstepError(_unknown_function(name, quoted(written)))
    return function_lines_of(name, Glyphs(ascii=needs_ascii()))


def _unknown_function(name: str, shown: str) -> str:
    from bpstep.lang import replacements

    if name in replacements.FOR_FUNCTIONS:
        return fill(
            messages.UNKNOWN_FUNCTION_WRITE, function=shown, replacement=replacements.FOR_FUNCTIONS[name]
        )
    if name in replacements.NOT_COMPUTED:
        return fill(messages.FUNCTION_NOT_COMPUTED, function=shown)
    if meant := closest(name, NAMES):
        return fill(messages.UNKNOWN_FUNCTION_MEANT, function=shown, meant=meant)
    return fill(messages.UNKNOWN_FUNCTION, function=shown)


def function_lines(width: int | None) -> list[str]:
    """The list of functions: a table, or one entry below the other if the table is wider than `width`."""
    table = list(_table())
    if width is None or max(map(len, table)) <= width:
        return table
    return [line for each in function_help() for line in _entry(each, width)]


def _entry(each: FunctionHelp, width: int) -> Iterator[str]:
    """A function's call, and below it its value and derivative; lines break between words only."""
    yield each.call
    texts = [fill(each.gives)]
    if each.derivative:
        texts.append(fill(messages.FUNCTION_DERIVATIVE, derivative=fill(each.derivative)))
    elif each.back:
        texts.append(fill(messages.FUNCTION_GRADIENTS, gradients=fill(each.back)))
    for text in texts:
        yield from textwrap.wrap(
            text,
            width,
            initial_indent=_INDENT,
            subsequent_indent=2 * _INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _table() -> Iterator[str]:
    head = tuple(map(fill, (messages.FUNCTION_COLUMN, messages.GIVES_COLUMN, messages.DERIVATIVE_COLUMN)))
    rows = [
        head,
        *((each.call, _text(each.gives), _text(each.derivative or each.back)) for each in function_help()),
    ]
    call, gives = (
        max(len(row[column]) for row in rows if len(row[column]) <= _MAX_COLUMN) for column in (0, 1)
    )
    for name, value, derivative in rows:
        start = f"{name:<{call}}{_GAP}"
        if len(value) > _MAX_COLUMN:
            yield f"{start}{value}"
            start, value = " " * len(start), ""
        if value or derivative:
            yield f"{start}{value:<{gives}}{_GAP}{derivative}".rstrip()


def _text(template: str) -> str:
    return fill(template) if template else ""
