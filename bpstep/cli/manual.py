"""`bpstep manual`: the pages of the manual, or one of them."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator

from bpstep.cli import messages
from bpstep.defaults import PAGE_WIDTH
from bpstep.errors import BpstepError
from bpstep.manual import pages
from bpstep.storage.atomic_write import write_lines
from bpstep.text import closest, fill, quoted

_MAX_WIDTH = 100
"""Longer lines are hard to read."""


def run(options: argparse.Namespace) -> int:
    """Print the table of contents, or a page at the width of the terminal."""
    if options.page is None:
        write_lines(_contents())
        return 0
    try:
        lines = pages.page_lines(options.page, _width())
    except KeyError:
        raise BpstepError(_unknown_page(options.page)) from None
    write_lines(line.text for line in lines)
    return 0


def _contents() -> Iterator[str]:
    entries = pages.contents()
    width = max(len(entry.name) for entry in entries)
    part = ""
    for entry in entries:
        if entry.part != part:
            if part:
                yield ""
            yield entry.part
        part = entry.part
        yield f"  {entry.name:<{width}}  {entry.summary}"


def _unknown_page(name: str) -> str:
    meant = closest(name, pages.page_names())
    if meant:
        return fill(messages.UNKNOWN_PAGE_MEANT, page=quoted(name), meant=meant)
    return fill(messages.UNKNOWN_PAGE, page=quoted(name))


def _width() -> int:
    if sys.stdout is None or not sys.stdout.isatty():
        return PAGE_WIDTH
    return min(shutil.get_terminal_size((PAGE_WIDTH, 24)).columns, _MAX_WIDTH)
