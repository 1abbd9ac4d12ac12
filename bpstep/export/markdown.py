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


def trace(session: Session, iterations: int) -> Iterator[str]:
    """The page, line by line."""
    network, program = session.network, session.program
    yield f"# {escaped(network.title or network.name)}"
    yield ""
    yield (
        f"Network `{one_line(network.name)}`, {'-'.join(map(str, network.sizes))}: "
        f"{session.period} equations an iteration."
    )
    yield ""
    yield "## At the start"
    start = steps.initial(session)
    for name, value in start.items():
        yield ""
        shape = f", shape {np.shape(value)}" if np.ndim(value) else ""
        yield f"${symbols.name(name, program)}$, `{name}`{shape}:"
        yield from _fenced("text", text.block(value, text.WIDTH))
    for done in steps.steps(session, iterations):
        yield from _step(done, session)


def escaped(words: str) -> str:
    """Words that mean themselves in Markdown and HTML."""
    return _SPECIAL_AT_FIRST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", html.escape(one_line(words), quote=False)))


def _step(done: steps.Done, session: Session) -> Iterator[str]:
    if done.first:
        yield ""
        yield f"## Iteration {done.iteration}{text.drawn(done)}"
    if done.opens:
        yield ""
        yield f"### {done.step.phase.capitalize()}"
    yield ""
    yield f"{done.n}\\. **`{done.step.name}`**"
    yield ""
    yield f"$${symbols.equation(done.step, session.program)}$$"
    yield from _fenced("python", [done.step.equation])
    yield from _fenced("text", text.block(done.value, text.WIDTH))


def _fenced(language: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield f"```{language}"
    yield from lines
    yield "```"
