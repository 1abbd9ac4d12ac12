"""`bpstep trace`: every step."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from bpstep.cli.open import open_session
from bpstep.export import json, latex, markdown, numpy_script, pytorch_script, text
from bpstep.session.session import Session
from bpstep.storage.atomic_write import write_lines

_FORMATS: dict[str, Callable[[Session, int], Iterable[str]]] = {
    "text": text.trace_text,
    "json": json.trace_json,
    "markdown": markdown.trace_markdown,
    "latex": latex.trace_latex,
    "python": numpy_script.numpy_script,
    "pytorch": pytorch_script.pytorch_script,
}


def run(options: argparse.Namespace) -> int:
    """Print or save the steps."""
    session = open_session(options)
    write_lines(_FORMATS[options.format](session, options.iterations), options.output)
    return 0
