"""A page to print or to put on the web: every equation in symbols, as NumPy, and its value."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import numpy as np

from bpstep.explain import latex as symbols
from bpstep.export import steps, text
from bpstep.session.session import Session
from bpstep.text import one_line

_SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")

_SPECIAL_AT_FIRST = re.compile(r"^(\d*)([-+=.)])")


def trace_markdown(session: Session, iterations: int) -> Iterator[str]:
    """The page, line by line."""
    network, program = session.network, session.program
    yield f"# {escape_markdown(network.title or network.name)}"
    yield ""
    yield (
        f"Network `{one_line(network.name)}`, {'-'.join(map(str, network.sizes))}: "
        f"{session.period} equations an iteration."
    )
    yield ""
    yield "## At the start"
    start = steps.initial_tensors(session)
    for name, value in start.items():
        yield ""
        shape = f", shape {np.shape(value)}" if np.ndim(value) else ""
        yield f"${symbols.tensor_latex(name, program)}$, `{name}`{shape}:"
        yield from _fenced("text", text.number_block(value, text.WIDTH))
    for done in steps.walk_steps(session, iterations):
        yield from _step(done, session)


def escape_markdown(words: str) -> str:
    """Words that mean themselves in Markdown and HTML."""
    return _SPECIAL_AT_FIRST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", html.escape(one_line(words), quote=False)))


def _step(done: steps.CompletedStep, session: Session) -> Iterator[str]:
    if done.starts_iteration:
        yield ""
        yield f"## Iteration {done.iteration}{text.samples_note(done)}"
    if done.starts_phase:
        yield ""
        yield f"### {done.step.phase.capitalize()}"
    yield ""
    yield f"{done.n}\\. **`{done.step.name}`**"
    yield ""
    yield f"$${symbols.equation_latex(done.step, session.program)}$$"
    yield from _fenced("python", [done.step.equation])
    yield from _fenced("text", text.number_block(done.value, text.WIDTH))


def _fenced(language: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield f"```{language}"
    yield from lines
    yield "```"
